/* The nRF51's flash through its controller, before and after a reset. */
#include "fault.h"
#include "nrf_nvmc.h"
#include "nrf_timer.h"
#include "program.h"
#include "startup.h"

#include <string.h>

#define MARK 0x600DF1A5u
#define LAST (STORAGE_PAGES * PERSONA_NVMC_PAGE)

static persona_flash flash;

void persona_port_write(const uint8_t *bytes, uint32_t size)
{
    (void)bytes;
    (void)size;
}

void persona_interrupt(uint32_t number)
{
    if (number == TIMER0_INTERRUPT) {
        persona_nrf_timer_woke();
    }
}

static uint32_t word_at(uint32_t offset)
{
    uint32_t word = 0;
    CHECK(flash.read(&flash, offset, &word, sizeof word));
    return word;
}

static bool put(uint32_t offset, uint32_t word)
{
    return flash.program(&flash, offset, &word, sizeof word);
}

static void check_erase_and_program(void)
{
    CHECK(flash.erase(&flash, 1) && flash.erase(&flash, 2) && flash.erase(&flash, 3));
    CHECK(word_at(1024) == 0xFFFFFFFFu && word_at(2044) == 0xFFFFFFFFu);
    CHECK(put(1020 + 1024, 1) && put(2048, 2) && put(3072, 3));
    CHECK(flash.erase(&flash, 2));
    CHECK(word_at(2044) == 1 && word_at(2048) == 0xFFFFFFFFu && word_at(3072) == 3);
    CHECK(put(2052, 0xF0F0F0F0u) && put(2052, 0xFF00FF00u));
    CHECK(word_at(2052) == 0xF000F000u); /* bits only fall */
}

static void check_bytes_from_anywhere(void)
{
    static const uint8_t bytes[13] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12 };
    uint8_t back[12] = { 0 };
    CHECK(flash.erase(&flash, 4));
    CHECK(flash.program(&flash, 4096, bytes + 1, sizeof back));
    CHECK(flash.read(&flash, 4097, back, 11) && memcmp(back, bytes + 2, 11) == 0);
}

static void check_refusals(void)
{
    uint32_t word;
    CHECK(!flash.erase(&flash, STORAGE_PAGES));
    CHECK(!put(2, 0) && !flash.program(&flash, 0, "abc", 3));
    CHECK(!put(LAST, 0) && !put(0xFFFFFFFCu, 0) && !put(LAST - 2, 0));
    CHECK(!flash.read(&flash, LAST, &word, 1) && !flash.read(&flash, LAST - 1, &word, 2));
}

static void check_clock(void)
{
    const uint64_t start = persona_nrf_timer_ticks();
    for (uint64_t last = start, now = start; now < start + PERSONA_NRF_TIMER_HZ / 50u; last = now) {
        now = persona_nrf_timer_ticks();
        CHECK(now >= last);
    }
}

int main(void)
{
    flash = persona_nvmc_flash(STORAGE_START, STORAGE_PAGES);
    persona_nrf_timer_start(TIMER0_INTERRUPT);
    if (word_at(0) != MARK) {
        check_erase_and_program();
        check_bytes_from_anywhere();
        check_refusals();
        check_clock();
        CHECK(flash.erase(&flash, 0) && put(0, MARK) && flash.sync(&flash));
        persona_restart("");
    }
    CHECK(word_at(2052) == 0xF000F000u); /* after the reset */
    persona_semihosting_exit(0);
    return 0;
}
