#include "flash.h"

#include <stddef.h>

#define SECTOR_UNIT 64u
#define READINGS 4u

bool persona_flash_usable(const persona_flash *flash)
{
    return flash != NULL && flash->word_bytes >= 4 && flash->word_bytes <= PERSONA_FLASH_WORD_MOST &&
           (flash->word_bytes & (flash->word_bytes - 1)) == 0 && flash->sector_bytes > 0 &&
           flash->sector_bytes % SECTOR_UNIT == 0 && flash->sectors <= UINT32_MAX / flash->sector_bytes;
}

static bool filled_now(const persona_flash *flash, uint32_t offset, uint32_t size, uint8_t byte)
{
    uint8_t bytes[PERSONA_FLASH_WORD_MOST];
    bool filled = flash->read(flash, offset, bytes, size);
    for (uint32_t i = 0; filled && i < size; i++) {
        filled = bytes[i] == byte;
    }
    return filled;
}

bool persona_flash_filled(const persona_flash *flash, uint32_t offset, uint32_t size, uint8_t byte)
{
    bool filled = true;
    for (uint32_t i = 0; filled && i < READINGS; i++) {
        filled = filled_now(flash, offset, size, byte);
    }
    return filled;
}

static bool blank_now(const persona_flash *flash, uint32_t offset, uint32_t size)
{
    bool blank = true;
    for (uint32_t done = 0; blank && done < size; done += PERSONA_FLASH_WORD_MOST) {
        blank = filled_now(flash, offset + done, PERSONA_FLASH_WORD_MOST, PERSONA_FLASH_ERASED);
    }
    return blank;
}

bool persona_flash_blank(const persona_flash *flash, uint32_t offset, uint32_t sectors)
{
    const uint32_t size = sectors * flash->sector_bytes;
    return blank_now(flash, offset, size) && blank_now(flash, offset, size);
}

static bool wipe_once(const persona_flash *flash, uint32_t offset, uint32_t sectors)
{
    const uint32_t first = offset / flash->sector_bytes;
    bool done = true;
    for (uint32_t i = 0; i < sectors; i++) {
        done = flash->erase(flash, first + i) && done;
    }
    return flash->sync(flash) && done && persona_flash_blank(flash, offset, sectors);
}

bool persona_flash_wipe(const persona_flash *flash, uint32_t offset, uint32_t sectors)
{
    return wipe_once(flash, offset, sectors) || wipe_once(flash, offset, sectors);
}
