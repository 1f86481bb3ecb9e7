/* What the int8 additions share: their arguments, and one sum. */
#ifndef PERSONA_ADD_ONE_S8_H
#define PERSONA_ADD_ONE_S8_H

#include "requant.h"

typedef struct {
    int32_t elements;
    int32_t a_zero, b_zero, out_zero;
    int32_t a_multiplier, a_shift, b_multiplier, b_shift, out_multiplier, out_shift;
    int32_t act_min, act_max;
} persona_add_s8_args;

static inline int8_t persona_add_s8_one(const persona_add_s8_args *a, int32_t left, int32_t right)
{
    const int32_t x = persona_requant((left - a->a_zero) * (1 << 20), a->a_multiplier, a->a_shift);
    const int32_t y = persona_requant((right - a->b_zero) * (1 << 20), a->b_multiplier, a->b_shift);
    const int32_t value = persona_requant(x + y, a->out_multiplier, a->out_shift) + a->out_zero;
    return (int8_t)persona_clamp(value, a->act_min, a->act_max);
}

#endif
