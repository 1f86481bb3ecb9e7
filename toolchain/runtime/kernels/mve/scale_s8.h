/* The last step of the int8 operators for four channels at a time. The first rounding of contract 0 is VQRDMULH to the
 * bit; the second is VRSHL, which rounds halves up, after -1 was added to negative values that are shifted right. Where
 * the clamp ends at the zero point, negative values do not matter and that is left out. Contract 1 needs products of 64
 * bits, which vectors do not have: one channel at a time. */
#ifndef PERSONA_MVE_SCALE_S8_H
#define PERSONA_MVE_SCALE_S8_H

#include <arm_mve.h>

#include "../isa.h"
#include "../scale_s8.h"

/* Before a loop of at most four: GCC leaves such loops alone at -O2, and a step costs as much as what it repeats. */
#if defined(__GNUC__)
#define PERSONA_UNROLL_4 _Pragma("GCC unroll 4")
#else
#define PERSONA_UNROLL_4
#endif

/* Four channels' multipliers and shifts, from channel `c` on; of the lanes, the first `count` exist. */
typedef struct {
    int32x4_t multiplier, shift;
} persona_mve_scale;

PERSONA_INLINE persona_mve_scale persona_mve_scale_of(const persona_scale_s8 *s, int32_t c, int32_t count)
{
    if (s->step == 0) {
        const persona_mve_scale alike = { vdupq_n_s32(s->multiplier[0]), vdupq_n_s32(s->shift[0]) };
        return alike;
    }
    if (count >= 4) {
        const persona_mve_scale full = { vldrwq_s32(s->multiplier + c), vldrbq_s32(s->shift + c) };
        return full;
    }
    const mve_pred16_t p = vctp32q((uint32_t)count);
    const persona_mve_scale some = { vldrwq_z_s32(s->multiplier + c, p), vldrbq_z_s32(s->shift + c, p) };
    return some;
}

/* persona_requant of contract 0, before zero point and clamp. */
PERSONA_INLINE int32x4_t persona_mve_requant(const persona_scale_s8 *s, int32x4_t acc, persona_mve_scale by)
{
    if (s->shift_max > 0) {
        acc = vshlq_s32(acc, vmaxq_s32(by.shift, vdupq_n_s32(0)));
        by.shift = vminq_s32(by.shift, vdupq_n_s32(0));
    }
    int32x4_t value = vqrdmulhq_s32(acc, by.multiplier);
    if (s->shift_min >= 0) {
        return value;
    }
    if (s->act_min != s->zero) {
        const int32x4_t negative = s->shift_max < 0 ? value : vandq_s32(value, by.shift);
        value = vaddq_s32(value, vshrq_n_s32(negative, 31));
    }
    return vrshlq_s32(value, by.shift);
}

/* Outputs of four channels, clamped. */
PERSONA_INLINE int32x4_t persona_mve_scale_lanes(const persona_scale_s8 *s, int32x4_t acc, persona_mve_scale by)
{
    const int32x4_t value = vaddq_n_s32(persona_mve_requant(s, acc, by), s->zero);
    return vminq_s32(vmaxq_s32(value, vdupq_n_s32(s->act_min)), vdupq_n_s32(s->act_max));
}

/* The first `count` lanes' low bytes. */
PERSONA_INLINE void persona_mve_store(int8_t *out, int32x4_t value, int32_t count)
{
    if (count >= 4) {
        vstrbq_s32(out, value);
    } else {
        vstrbq_p_s32(out, value, vctp32q((uint32_t)count));
    }
}

#endif
