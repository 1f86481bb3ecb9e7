/* persona_add_s8_one of ../add_one_s8.h in few instructions, where no shift goes to the left: with D (docs/numerics.md)
 * half a unit, the -1 of negative values and the zero point are added by the multiplication (scale_s8.h). Inputs have
 * 20 bits below the point and are less than 256, so all values and their doubles fit. */
#ifndef PERSONA_DSP_ADD_ONE_S8_H
#define PERSONA_DSP_ADD_ONE_S8_H

#include "../add_one_s8.h"
#include "instructions.h"

/* Of twice a value; `zero` is added. */
PERSONA_INLINE int32_t persona_add_s8_scaled(int32_t doubled, int32_t multiplier, int32_t shift, int32_t zero)
{
    int32_t offset = (int32_t)((uint32_t)zero << -shift);
    if (shift < 0) {
        offset += (1 << (-shift - 1)) + (doubled >> 31);
    }
    return persona_smmlar(doubled, multiplier, offset) >> -shift;
}

PERSONA_INLINE int8_t persona_add_s8_by(const persona_add_s8_args *a, int32_t left, int32_t right)
{
#if PERSONA_ROUNDING == 0
    if (a->a_shift <= 0 && a->b_shift <= 0 && a->out_shift <= 0 && a->out_shift >= -22) {
        const int32_t x = persona_add_s8_scaled((left - a->a_zero) * (1 << 21), a->a_multiplier, a->a_shift, 0);
        const int32_t y = persona_add_s8_scaled((right - a->b_zero) * (1 << 21), a->b_multiplier, a->b_shift, 0);
        const int32_t value = persona_add_s8_scaled(2 * (x + y), a->out_multiplier, a->out_shift, a->out_zero);
        return (int8_t)persona_clamp(value, a->act_min, a->act_max);
    }
#endif
    return persona_add_s8_one(a, left, right);
}

#endif
