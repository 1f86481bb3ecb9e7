#include "systick.h"

#include "board.h"
#include "registers.h"

#include <stddef.h>

#pragma weak persona_systick_woke

/* Not the whole 24 bits: each wrap also wakes a sleeping processor, at 20 MHz every 210 ms, at 32 MHz every 131 ms. */
#ifdef SYSTICK_RELOAD
#define RELOAD SYSTICK_RELOAD
#else
#define RELOAD 0x3FFFFFu
#endif
#define ENABLE (1u << 0)
#define INTERRUPT (1u << 1)
#define PROCESSOR_CLOCK (1u << 2)

static volatile uint32_t wraps;

void persona_systick_start(void)
{
    SYST_RVR = RELOAD;
    SYST_CVR = 0;
    SYST_CSR = ENABLE | INTERRUPT | PROCESSOR_CLOCK;
}

void persona_systick(void)
{
    wraps++;
    if (persona_systick_woke != NULL) {
        persona_systick_woke();
    }
}

/* Ticks since the counter came to 0, which it does together with its interrupt; it stays there for one tick, and before
 * its first one. */
static uint32_t since_zero(void)
{
    const uint32_t left = SYST_CVR;
    return left == 0 ? 0 : RELOAD + 1u - left;
}

uint64_t persona_systick_ticks(void)
{
    uint32_t high, low, pending;
    do {
        high = wraps;
        low = since_zero();
        pending = ICSR & ICSR_SYSTICK_PENDING;
    } while (high != wraps);
    /* A wrap whose interrupt is still to come; one that came after `low` was read leaves `low` near its end. */
    const uint32_t missed = pending != 0 && low < RELOAD / 2u;
    return (uint64_t)(high + missed) * (RELOAD + 1u) + low;
}
