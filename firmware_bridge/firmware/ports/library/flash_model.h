/* flash_model.h: a flash memory with every fault that a power cut or a bad part can bring.
 *
 * A store is the programming of one word or the erasure of one sector. A cut ends the power in the middle of a store; a
 * silent store reports success and changes nothing. A word that a cut left torn may be unstable: it then reads as what
 * was wanted and as what is there by turns, until its sector is erased.
 *
 * Programming clears bits, as in flash; a word that is programmed twice between two erasures, a misplaced store and a
 * read beyond the end are counted as violations of flash.h.
 */
#ifndef PERSONA_FLASH_MODEL_H
#define PERSONA_FLASH_MODEL_H

#include "flash.h"

#define FLASH_MODEL_BYTES (1u << 20)

typedef enum {
    FLASH_CUT_BEFORE = 0,    /* the store does not happen; all before it did */
    FLASH_CUT_TORN = 1,      /* the store happens in part: some bits of a word, some words of a sector */
    FLASH_CUT_UNSTABLE = 2,  /* torn, and what is torn reads differently by turns */
    FLASH_CUT_REORDERED = 3, /* of the stores since the last sync, any subset has happened, the last of them in part */
    FLASH_CUTS = 4
} flash_cut;

/* Sizes in bytes; FLASH_MODEL_BYTES at most. All is erased then and no fault is planned. */
void flash_model_init(uint32_t sector_bytes, uint32_t word_bytes, uint32_t sectors);
const persona_flash *flash_model(void);

/* The whole memory as the device reads it; to be written only while the device is off, followed by a call of
 * flash_model_settle. */
uint8_t *flash_model_image(void);
uint32_t flash_model_size(void);
void flash_model_settle(void);

/* Call `power_lost`, which does not return, in the middle of store number `store` from now on (0: the next one). */
void flash_model_cut(uint32_t store, flash_cut kind, uint32_t seed, void (*power_lost)(void));

/* Stores `first` to `first + count - 1` from now on change nothing and report success. */
void flash_model_silence(uint32_t first, uint32_t count);

/* No fault from now on; what is unstable stays so. */
void flash_model_heal(void);

uint32_t flash_model_stores(void);
uint32_t flash_model_violations(void);

#endif
