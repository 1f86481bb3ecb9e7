/* From an accumulator to an int8 output: multiplier, shift, zero point, clamp. What the compiler knows of all channels
 * together is said in constants, so that a kernel for one class of core can leave out what never happens. */
#ifndef PERSONA_SCALE_S8_H
#define PERSONA_SCALE_S8_H

#include "requant.h"

typedef struct {
    const int32_t *multiplier;
    const int8_t *shift;
    int8_t step;                 /* 1: one multiplier and shift for each channel; 0: one for all */
    int8_t shift_min, shift_max; /* over all channels */
    int8_t quick;                /* 1: step is 0, and the shift is one to the right of at most 22 bits */
    int8_t narrow;               /* 1: every accumulator times 2^max(shift, 0) lies within +-(2^30 - 1) */
    int8_t zero, act_min, act_max;
} persona_scale_s8;

/* Output of channel `c`. */
static inline int8_t persona_scale_s8_one(const persona_scale_s8 *s, int32_t acc, int32_t c)
{
    const int32_t value = persona_requant(acc, s->multiplier[c * s->step], s->shift[c * s->step]) + s->zero;
    return (int8_t)persona_clamp(value, s->act_min, s->act_max);
}

#endif
