#include "nrf_nvmc.h"

#include "registers.h"

#include <string.h>

/* Chapter 6, registers. */
#define NVMC(offset) REGISTER(0x4001E000u + (offset))
#define READY NVMC(0x400u)
#define CONFIG NVMC(0x504u)
#define ERASEPAGE NVMC(0x508u)

#define CONFIG_READ 0u
#define CONFIG_WRITE 1u
#define CONFIG_ERASE 2u

/* Section 6.1.1: only whole, aligned words can be written; bits only go from 1 to 0. */
#define WORD 4u

static uint32_t address_of(const persona_flash *flash, uint32_t offset)
{
    return (uint32_t)(uintptr_t)flash->context + offset;
}

static bool inside(const persona_flash *flash, uint32_t offset, uint32_t size)
{
    const uint32_t all = flash->sectors * PERSONA_NVMC_PAGE;
    return offset <= all && size <= all - offset;
}

static void wait_until_ready(void)
{
    while ((READY & 1u) == 0) {
    }
}

static void set_mode(uint32_t mode)
{
    CONFIG = mode;
    wait_until_ready();
}

static bool read(const persona_flash *flash, uint32_t offset, void *to, uint32_t size)
{
    if (!inside(flash, offset, size)) {
        return false;
    }
    memcpy(to, (const void *)(uintptr_t)address_of(flash, offset), size);
    return true;
}

static bool erase(const persona_flash *flash, uint32_t sector)
{
    if (sector >= flash->sectors) {
        return false;
    }
    set_mode(CONFIG_ERASE);
    ERASEPAGE = address_of(flash, sector * PERSONA_NVMC_PAGE);
    wait_until_ready();
    set_mode(CONFIG_READ);
    return true;
}

static bool program(const persona_flash *flash, uint32_t offset, const void *from, uint32_t size)
{
    const uint8_t *const bytes = from;
    if (!inside(flash, offset, size) || offset % WORD != 0 || size % WORD != 0) {
        return false;
    }
    set_mode(CONFIG_WRITE);
    for (uint32_t i = 0; i < size; i += WORD) {
        uint32_t word;
        memcpy(&word, bytes + i, sizeof word);
        REGISTER(address_of(flash, offset + i)) = word;
        wait_until_ready();
    }
    set_mode(CONFIG_READ);
    return true;
}

/* Each word was waited for. */
static bool sync(const persona_flash *flash)
{
    (void)flash;
    return true;
}

persona_flash persona_nvmc_flash(uint32_t start, uint32_t pages)
{
    return (persona_flash){
        .sector_bytes = PERSONA_NVMC_PAGE,
        .word_bytes = WORD,
        .sectors = pages,
        .read = read,
        .erase = erase,
        .program = program,
        .sync = sync,
        .context = (void *)(uintptr_t)start,
    };
}
