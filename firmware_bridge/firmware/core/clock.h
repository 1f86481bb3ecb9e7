/* clock.h: the port's ticks as seconds and milliseconds since the device was started, without a 64-bit division.
 *
 * A clock that has fewer than 1,000 ticks a second counts whole seconds only. Wants a call at least once in 49 days.
 */
#ifndef PERSONA_CLOCK_H
#define PERSONA_CLOCK_H

#include <stdint.h>

typedef struct {
    uint64_t began;   /* tick at which the present second began */
    uint32_t seconds; /* whole ones that have passed */
    uint32_t ms;      /* of the present second */
} persona_clock;

/* The milliseconds that have passed since the last call. */
uint32_t persona_clock_pass(persona_clock *clock, uint64_t now, uint32_t ticks_per_second);

#endif
