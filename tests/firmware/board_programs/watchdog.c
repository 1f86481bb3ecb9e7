/* The CMSDK watchdog: left alone, kicked, late, and with a handler that hangs. Each reset goes on to the next step,
 * which is kept at the very end of RAM, where no section lies. */
#include "board.h"
#include "cmsdk_watchdog.h"
#include "program.h"
#include "registers.h"
#include "startup.h"
#include "systick.h"

#define TENTH_OF_A_MILLISECOND (CLOCK_HZ / 10000u)
#define FIRST_STEP 0x57E90000u

static uint32_t *const step = (uint32_t *)(RAM_END - 4u);
static volatile uint32_t said;

void persona_port_write(const uint8_t *bytes, uint32_t size)
{
    (void)bytes;
    said += size;
    if (*step == FIRST_STEP + 2u) {
        for (;;) { /* what shall report hangs itself */
        }
    }
}

void persona_interrupt(uint32_t number)
{
    (void)number;
}

/* A clock that is a thousand times as slow as the true one makes milliseconds of seconds. */
static void set(uint32_t milliseconds)
{
    persona_watchdog(WATCHDOG, WATCHDOG_HZ / 1000u, milliseconds);
}

static void pass(uint32_t tenths)
{
    uint64_t now = persona_systick_ticks();
    const uint64_t end = now + (uint64_t)tenths * TENTH_OF_A_MILLISECOND;
    for (uint64_t last = now; now < end; last = now) {
        now = persona_systick_ticks();
        CHECK(now >= last && now - last < TENTH_OF_A_MILLISECOND);
    }
}

static void check_that_it_waits(void)
{
    set(2);
    for (uint32_t i = 0; i < 6; i++) {
        pass(10);
        set(2);
    }
    set(0);
    pass(60);
    set(100);
    REGISTER(WATCHDOG + 8u) = 0; /* it is locked: this does nothing */
    CHECK(REGISTER(WATCHDOG + 8u) == 3u);
    set(0);
    CHECK(REGISTER(WATCHDOG + 8u) == 0u);
}

int main(void)
{
    persona_systick_start();
    if (*step != FIRST_STEP + 1u && *step != FIRST_STEP + 2u) {
        check_that_it_waits();
        *step = FIRST_STEP + 1u;
    } else if (*step == FIRST_STEP + 1u) {
        *step = FIRST_STEP + 2u; /* NMI has reported and reset */
    } else {
        persona_semihosting_exit(0); /* the second count has reset */
    }
    set(2);
    for (;;) {
    }
}
