/* persona_scale_s8_one of ../scale_s8.h without tests in it, for kernels that scale several accumulators of a channel.
 * With D (docs/numerics.md) the rounding doubling high product is the high word of 2 * acc * q plus the low word's
 * highest bit; the rounding shift, ties away from zero, adds half a unit and, to negative values, -1. With S one half
 * is added to the exact product; where it is shifted by 33 places or more, only the high word matters. All that holds
 * where persona_scale_plain_quick says so; a kernel takes the long way elsewhere, and with PERSONA_SMALL always. */
#ifndef PERSONA_PLAIN_SCALE_S8_H
#define PERSONA_PLAIN_SCALE_S8_H

#include "../isa.h"
#include "../scale_s8.h"

/* What an output channel needs, read once for several accumulators. */
typedef struct {
    int32_t multiplier;
    int32_t right;  /* shift of the high product */
    int32_t offset; /* half a unit and the zero point, before that shift */
} persona_scale_plain;

/* Whether the functions below are exact; beyond a shift of 22, zero << shift may leave int32. */
PERSONA_INLINE int persona_scale_plain_quick(const persona_scale_s8 *s)
{
#if defined(PERSONA_SMALL)
    (void)s;
    return 0;
#elif PERSONA_ROUNDING == 0
    return s->narrow && s->shift_max < 0 && s->shift_min >= -22;
#else
    return s->shift_max <= -2 && s->shift_min >= -22;
#endif
}

PERSONA_INLINE persona_scale_plain persona_scale_plain_channel(const persona_scale_s8 *s, int32_t c)
{
    const int32_t shift = s->shift[c * s->step];
#if PERSONA_ROUNDING == 0
    const int32_t right = -shift;
#else
    const int32_t right = -1 - shift;
#endif
    const persona_scale_plain channel = { s->multiplier[c * s->step], right,
                                          (1 << (right - 1)) + s->zero * (1 << right) };
    return channel;
}

PERSONA_INLINE int8_t persona_scale_plain_by(const persona_scale_s8 *s, persona_scale_plain channel, int32_t acc)
{
#if PERSONA_ROUNDING == 0
    const int64_t product = (int64_t)(int32_t)((uint32_t)acc << 1) * channel.multiplier;
    int32_t value = (int32_t)(product >> 32) + (int32_t)((uint32_t)product >> 31);
    value += value >> 31;
#else
    const int32_t value = (int32_t)(((int64_t)acc * channel.multiplier) >> 32);
#endif
    return (int8_t)persona_clamp((value + channel.offset) >> channel.right, s->act_min, s->act_max);
}

#endif
