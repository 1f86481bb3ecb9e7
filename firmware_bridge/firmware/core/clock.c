#include "clock.h"

#define MS 1000u

uint32_t persona_clock_pass(persona_clock *clock, uint64_t now, uint32_t ticks_per_second)
{
    const uint32_t seconds = clock->seconds, ms = clock->ms;
    const uint32_t ticks_per_ms = ticks_per_second / MS;
    while (now - clock->began >= ticks_per_second) {
        clock->began += ticks_per_second;
        clock->seconds++;
    }
    clock->ms = ticks_per_ms > 0 ? (uint32_t)(now - clock->began) / ticks_per_ms : 0;
    /* Where a second is no whole number of such milliseconds its last one is a little longer. */
    clock->ms = clock->ms < MS ? clock->ms : MS - 1u;
    return (clock->seconds - seconds) * MS + clock->ms - ms;
}
