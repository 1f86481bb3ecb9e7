#include "systick.h"

#include "registers.h"

#define RELOAD 0xFFFFFFu
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
}

uint64_t persona_systick_ticks(void)
{
    uint32_t high, low, pending;
    do {
        high = wraps;
        low = RELOAD - SYST_CVR;
        pending = ICSR & ICSR_SYSTICK_PENDING;
    } while (high != wraps);
    /* A wrap whose interrupt is still to come; one that came after `low` was read leaves `low` near its end. */
    const uint32_t missed = pending != 0 && low < RELOAD / 2u;
    return (uint64_t)(high + missed) * (RELOAD + 1u) + low;
}
