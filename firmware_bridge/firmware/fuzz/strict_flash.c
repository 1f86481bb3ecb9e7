#include "strict_flash.h"

#include "check.h"

#include <string.h>

#define NEVER UINT32_MAX

uint8_t strict_flash_bytes[STRICT_FLASH_BYTES];

static bool programmed[STRICT_FLASH_BYTES]; /* for the first byte of each word */
static uint32_t stores_left = NEVER;
static void (*power_lost)(void);

static bool power_goes(void)
{
    if (stores_left == NEVER) {
        return false;
    }
    return stores_left-- == 0;
}

static void go(void)
{
    stores_left = NEVER;
    power_lost();
}

static bool read_bytes(const persona_flash *flash, uint32_t offset, void *to, uint32_t size)
{
    (void)flash;
    CHECK("P14", offset <= STRICT_FLASH_BYTES && size <= STRICT_FLASH_BYTES - offset);
    memcpy(to, strict_flash_bytes + offset, size);
    return true;
}

static bool erase_sector(const persona_flash *flash, uint32_t sector)
{
    CHECK("P14", sector < flash->sectors);
    const uint32_t start = sector * STRICT_FLASH_SECTOR;
    const bool torn = power_goes();
    memset(strict_flash_bytes + start, PERSONA_FLASH_ERASED, torn ? STRICT_FLASH_SECTOR / 2 : STRICT_FLASH_SECTOR);
    if (torn) {
        go();
    }
    memset(programmed + start, 0, STRICT_FLASH_SECTOR);
    return true;
}

static void program_word(uint32_t offset, const uint8_t *from, uint32_t word)
{
    const bool torn = power_goes();
    CHECK("P14", !programmed[offset]);
    programmed[offset] = true;
    for (uint32_t i = 0; i < (torn ? word / 2 : word); i++) {
        strict_flash_bytes[offset + i] &= from[i];
    }
    if (torn) {
        go();
    }
}

static bool program_words(const persona_flash *flash, uint32_t offset, const void *from, uint32_t size)
{
    const uint32_t word = flash->word_bytes;
    CHECK("P14", offset <= STRICT_FLASH_BYTES && size <= STRICT_FLASH_BYTES - offset);
    CHECK("P14", offset % word == 0 && size % word == 0);
    for (uint32_t done = 0; done < size; done += word) {
        program_word(offset + done, (const uint8_t *)from + done, word);
    }
    return true;
}

static bool sync_all(const persona_flash *flash)
{
    (void)flash;
    return true;
}

static persona_flash memory = {
    .sector_bytes = STRICT_FLASH_SECTOR,
    .sectors = STRICT_FLASH_SECTORS,
    .read = read_bytes,
    .erase = erase_sector,
    .program = program_words,
    .sync = sync_all,
};

const persona_flash *strict_flash_start(uint32_t word_bytes, const uint8_t *image)
{
    memory.word_bytes = word_bytes;
    stores_left = NEVER;
    if (image == NULL) {
        memset(strict_flash_bytes, PERSONA_FLASH_ERASED, sizeof strict_flash_bytes);
    } else {
        memcpy(strict_flash_bytes, image, sizeof strict_flash_bytes);
    }
    for (uint32_t i = 0; i < STRICT_FLASH_BYTES; i++) {
        programmed[i - i % word_bytes] = strict_flash_bytes[i] != PERSONA_FLASH_ERASED;
    }
    return &memory;
}

void strict_flash_cut(uint32_t store, void (*lost)(void))
{
    stores_left = store;
    power_lost = lost;
}
