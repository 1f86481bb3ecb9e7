/* ticks.h: SysTick as a stopwatch, for emulators that cannot count instructions; nothing at all in other builds.
 *
 * Ticks go out as four bytes, the least significant first; all bits set: more than the counter's 24 bits can tell. */
#ifndef PERSONA_BENCH_TICKS_H
#define PERSONA_BENCH_TICKS_H

#ifdef PERSONA_BENCH_TICKS
#include "bench.h"
#include "registers.h"

#define TICKS_MOST 0xFFFFFFu
#define TICKS_LOST 0xFFFFFFFFu
#define TICKS_WRAPPED (1u << 16) /* COUNTFLAG, cleared by a read and by a write of SYST_CVR */
#define TICKS_ENABLE 5u          /* from the processor's clock, without an interrupt */

static inline void persona_ticks_start(void)
{
    SYST_RVR = TICKS_MOST;
    SYST_CVR = 0;
    SYST_CSR = TICKS_ENABLE;
}

/* What sending takes is not counted. */
static inline void persona_ticks_send(void)
{
    const uint32_t left = SYST_CVR;
    uint32_t ticks = (SYST_CSR & TICKS_WRAPPED) != 0 ? TICKS_LOST : (TICKS_MOST - left) & TICKS_MOST;
    for (uint32_t i = 0; i < sizeof ticks; i++, ticks >>= 8) {
        uint8_t byte = (uint8_t)ticks;
        persona_bench_write(&byte);
    }
    SYST_CVR = 0;
}
#else
static inline void persona_ticks_start(void)
{
}

static inline void persona_ticks_send(void)
{
}
#endif

#endif
