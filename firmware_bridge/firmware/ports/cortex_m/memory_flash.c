#include "memory_flash.h"

#include <string.h>

#define WORD 4u

/* Volatile: each store happens, in its order, one word at a time. */
static volatile uint32_t *word_at(const persona_flash *flash, uint32_t offset)
{
    return (volatile uint32_t *)(uintptr_t)((uint32_t)(uintptr_t)flash->context + offset);
}

static bool read_memory(const persona_flash *flash, uint32_t offset, void *to, uint32_t size)
{
    memcpy(to, (const void *)((uintptr_t)flash->context + offset), size);
    return true;
}

static bool erase_sector(const persona_flash *flash, uint32_t sector)
{
    for (uint32_t i = 0; i < PERSONA_MEMORY_FLASH_SECTOR; i += WORD) {
        *word_at(flash, sector * PERSONA_MEMORY_FLASH_SECTOR + i) = UINT32_MAX;
    }
    return true;
}

/* Bits go from 1 to 0 only, as in flash. */
static bool program_words(const persona_flash *flash, uint32_t offset, const void *from, uint32_t size)
{
    for (uint32_t done = 0; done < size; done += WORD) {
        uint32_t word;
        memcpy(&word, (const uint8_t *)from + done, WORD);
        *word_at(flash, offset + done) &= word;
    }
    return true;
}

static bool sync_memory(const persona_flash *flash)
{
    (void)flash;
    __asm__ volatile("dsb" ::: "memory");
    return true;
}

persona_flash persona_memory_flash(uint32_t start, uint32_t sectors)
{
    return (persona_flash){
        .sector_bytes = PERSONA_MEMORY_FLASH_SECTOR,
        .word_bytes = WORD,
        .sectors = sectors,
        .read = read_memory,
        .erase = erase_sector,
        .program = program_words,
        .sync = sync_memory,
        .context = (void *)(uintptr_t)start,
    };
}
