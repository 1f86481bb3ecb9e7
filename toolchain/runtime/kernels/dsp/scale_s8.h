/* persona_scale_s8_one of ../scale_s8.h in three instructions and a clamp: multiply, add half a unit and the zero point
 * (SMMLAR or SMMLA do both), shift to the right, saturate. docs/numerics.md defines the two contracts.
 *
 * D: the rounding doubling high product of acc and q is SMMULR of 2 * acc and q. The rounding shift, ties away from
 * zero, adds half a unit and, to negative values, -1. The sign of acc stands for the sign of the product: they differ
 * only where the product is 0, and half a unit - 1 then gives 0 too. Where the clamp ends at the zero point, negative
 * values do not matter and the -1 is left out. S: half a unit of the 64-bit product lies in its high word when the
 * shift is -2 or less; the low word cannot matter. */
#ifndef PERSONA_DSP_SCALE_S8_H
#define PERSONA_DSP_SCALE_S8_H

#include "../scale_s8.h"
#include "instructions.h"

/* What an output channel needs, read once for several accumulators. */
typedef struct {
    int32_t multiplier, shift; /* shift to the right; to the left is in `left` */
    int32_t left;
    int32_t offset; /* half a unit and the zero point, before the shift to the right */
} persona_scale_channel;

/* Whether the short way is right for all channels; beyond a shift of 22, zero << shift leaves int32. */
PERSONA_INLINE int persona_scale_s8_short(const persona_scale_s8 *s)
{
#if PERSONA_ROUNDING == 0
    return s->narrow && s->shift_min >= -22;
#else
    return s->shift_max <= -2 && s->shift_min >= -22;
#endif
}

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
#else
    channel.shift = persona_scale_s8_short(s) ? -1 - shift : shift;
#endif
    if (persona_scale_s8_short(s)) {
        channel.offset = (1 << channel.shift) >> 1; /* 0 where there is no shift */
        channel.offset += (int32_t)((uint32_t)s->zero << channel.shift);
    }
    return channel;
}

/* The short way, for an accumulator that was shifted by `left`. */
PERSONA_INLINE int8_t persona_scale_s8_shifted(const persona_scale_s8 *s, persona_scale_channel channel, int32_t acc)
{
#if PERSONA_ROUNDING == 0
    int32_t offset = channel.offset;
    if (s->act_min < s->zero) {
        offset += s->shift_max < 0 || channel.shift > 0 ? acc >> 31 : 0;
    }
    const int32_t value = persona_smmlar(acc, channel.multiplier, offset) >> channel.shift;
#else
    const int32_t value = persona_smmla(acc, channel.multiplier, channel.offset) >> channel.shift;
#endif
    if (s->act_min == INT8_MIN && s->act_max == INT8_MAX) {
        return (int8_t)persona_ssat8(value);
    }
    return (int8_t)persona_clamp(value, s->act_min, s->act_max);
}

PERSONA_INLINE int8_t persona_scale_s8_by(const persona_scale_s8 *s, persona_scale_channel channel, int32_t acc)
{
    if (persona_scale_s8_short(s)) {
        return persona_scale_s8_shifted(s, channel, (int32_t)((uint32_t)acc << channel.left));
    }
#if PERSONA_ROUNDING == 0
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
    if (persona_scale_s8_short(s) && s->shift_max <= 0) {
        return persona_scale_s8_shifted(s, channel, acc >> 7);
    }
#endif
    return persona_scale_s8_by(s, channel, acc >> 8);
}

#endif
