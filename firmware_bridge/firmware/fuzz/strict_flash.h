/* strict_flash.h: a flash of a few sectors in RAM. It is strict: a word that is programmed twice between two erasures,
 * a misplaced access or a read beyond the end is a crash (P14). */
#ifndef PERSONA_FUZZ_STRICT_FLASH_H
#define PERSONA_FUZZ_STRICT_FLASH_H

#include "flash.h"

#define STRICT_FLASH_SECTOR 256u
#define STRICT_FLASH_SECTORS 3u
#define STRICT_FLASH_BYTES (STRICT_FLASH_SECTOR * STRICT_FLASH_SECTORS)

/* Erased, with words of `word_bytes`; `image` (STRICT_FLASH_BYTES, may be NULL) is what it holds instead. */
const persona_flash *strict_flash_start(uint32_t word_bytes, const uint8_t *image);

/* Let the power go at store number `store` from now on, which happens in part; `lost` does not return. */
void strict_flash_cut(uint32_t store, void (*lost)(void));

extern uint8_t strict_flash_bytes[STRICT_FLASH_BYTES];

#endif
