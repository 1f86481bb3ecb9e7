/* flash.h: what the journal wants of a flash memory: a row of sectors that are erased whole, to 0xFF, and programmed in
 * words. A word is programmed at most once between two erasures (flash with error correction demands it).
 *
 * The callbacks return whether the hardware reports success; nobody believes that and all is read back. Offsets are
 * bytes from the first sector. `program` gets whole words at a multiple of the word's size, from any address. After
 * `sync` all that was erased and programmed before is durable; before it, changes may reach the memory in any order.
 */
#ifndef PERSONA_FLASH_H
#define PERSONA_FLASH_H

#include <stdbool.h>
#include <stdint.h>

#define PERSONA_FLASH_WORD_MOST 32u
#define PERSONA_FLASH_ERASED 0xFFu

typedef struct persona_flash persona_flash;

struct persona_flash {
    uint32_t sector_bytes; /* a multiple of 64 */
    uint32_t word_bytes;   /* a power of two from 4 to PERSONA_FLASH_WORD_MOST */
    uint32_t sectors;
    bool (*read)(const persona_flash *flash, uint32_t offset, void *to, uint32_t size);
    bool (*erase)(const persona_flash *flash, uint32_t sector);
    bool (*program)(const persona_flash *flash, uint32_t offset, const void *from, uint32_t size);
    bool (*sync)(const persona_flash *flash);
    void *context; /* the driver's own */
};

/* Whether the sizes make sense and 32 bits count all bytes. */
bool persona_flash_usable(const persona_flash *flash);

/* Whether `size` bytes, at most PERSONA_FLASH_WORD_MOST, are all `byte`, four times in a row: a torn word may read
 * differently each time. */
bool persona_flash_filled(const persona_flash *flash, uint32_t offset, uint32_t size, uint8_t byte);

/* Whether `sectors` sectors from byte `offset` on are erased, read twice. */
bool persona_flash_blank(const persona_flash *flash, uint32_t offset, uint32_t sectors);

/* Erase these sectors for good; what does not read as erased is erased once more. Returns whether they are. */
bool persona_flash_wipe(const persona_flash *flash, uint32_t offset, uint32_t sectors);

#endif
