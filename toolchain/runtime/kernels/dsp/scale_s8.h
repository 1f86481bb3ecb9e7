/* persona_scale_s8_one of ../scale_s8.h in few instructions. With D (docs/numerics.md) the rounding doubling high
 * product of acc and q is SMMULR of 2 * acc and q; the rounding shift, ties away from zero, adds half a unit and, to
 * negative values, -1. Where the clamp ends at the zero point, negative values do not matter and that -1 is left out.
 */
#ifndef PERSONA_DSP_SCALE_S8_H
#define PERSONA_DSP_SCALE_S8_H

#include "../scale_s8.h"
#include "instructions.h"

/* What an output channel needs, read once for several accumulators. */
typedef struct {
    int32_t multiplier, shift; /* shift to the right; to the left is in `left` */
    int32_t left;
    int32_t offset; /* twice: half a unit and the zero point, before the shift to the right */
} persona_scale_channel;

PERSONA_INLINE persona_scale_channel persona_scale_s8_channel(const persona_scale_s8 *s, int32_t c)
{
    const int32_t shift = s->shift_min == s->shift_max ? s->shift_min : s->shift[c * s->step];
    persona_scale_channel channel = { s->multiplier[c * s->step], shift, 0, 0 };
#if PERSONA_ROUNDING == 0
    channel.left = 1;
    if (s->shift_max > 0) {
        channel.left += shift > 0 ? shift : 0;
    }
    channel.shift = s->shift_min >= 0 ? 0 : shift > 0 && s->shift_max > 0 ? 0 : -shift;
    channel.offset = (int32_t)((uint32_t)(2 * s->zero + 1) << channel.shift);
#endif
    return channel;
}

#if PERSONA_ROUNDING == 0
/* Of an accumulator that is shifted to the left already. */
PERSONA_INLINE int8_t persona_scale_s8_shifted(const persona_scale_s8 *s, persona_scale_channel channel, int32_t acc)
{
    int32_t value = persona_smmulr(acc, channel.multiplier);
    if (s->act_min > s->zero || s->act_min < s->zero) {
        value += s->shift_max < 0 || channel.shift > 0 ? value >> 31 : 0;
    }
    value = (value + (channel.offset >> 1)) >> channel.shift;
    if (s->act_min == INT8_MIN && s->act_max == INT8_MAX) {
        return (int8_t)persona_ssat8(value);
    }
    return (int8_t)persona_clamp(value, s->act_min, s->act_max);
}
#endif

PERSONA_INLINE int8_t persona_scale_s8_by(const persona_scale_s8 *s, persona_scale_channel channel, int32_t acc)
{
#if PERSONA_ROUNDING == 0
    if (s->narrow && s->shift_min >= -22) { /* beyond, zero << shift leaves int32 */
        return persona_scale_s8_shifted(s, channel, (int32_t)((uint32_t)acc << channel.left));
    }
    const int32_t shift = channel.shift > 0 ? -channel.shift : channel.left - 1;
#else
    const int32_t shift = channel.shift;
#endif
    return (int8_t)persona_clamp(persona_requant(acc, channel.multiplier, shift) + s->zero, s->act_min, s->act_max);
}

/* Of 256 times an accumulator: to double it is one shift still. */
PERSONA_INLINE int8_t persona_scale_s8_by_256th(const persona_scale_s8 *s, persona_scale_channel channel, int32_t acc)
{
#if PERSONA_ROUNDING == 0
    if (s->shift_max <= 0 && s->shift_min >= -22) {
        return persona_scale_s8_shifted(s, channel, acc >> 7);
    }
#endif
    return persona_scale_s8_by(s, channel, acc >> 8);
}

#endif
