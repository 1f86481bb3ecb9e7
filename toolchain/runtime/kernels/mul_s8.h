/* MUL on int8 with broadcast. `out` may be an input of its size. */
#ifndef PERSONA_MUL_S8_H
#define PERSONA_MUL_S8_H

#include "broadcast.h"
#include "requant.h"

typedef struct {
    persona_broadcast walk;
    int32_t a_zero, b_zero, out_zero;
    int32_t multiplier, shift;
    int32_t act_min, act_max;
} persona_mul_s8_args;

static inline int8_t persona_mul_s8_one(const persona_mul_s8_args *a, int32_t left, int32_t right)
{
    const int32_t product = (left - a->a_zero) * (right - a->b_zero);
    const int32_t value = persona_requant(product, a->multiplier, a->shift) + a->out_zero;
    return (int8_t)persona_clamp(value, a->act_min, a->act_max);
}

static void persona_mul_s8(const persona_mul_s8_args *a, const int8_t *left, const int8_t *right, int8_t *out)
{
    persona_broadcast_row row = { 0 };
    for (int32_t r = 0; r < a->walk.rows; r++) {
        for (int32_t i = 0; i < a->walk.inner; i++) {
            out[i] = persona_mul_s8_one(a, left[row.a + i * a->walk.a_step], right[row.b + i * a->walk.b_step]);
        }
        out += a->walk.inner;
        persona_broadcast_next(&a->walk, &row);
    }
}

#endif
