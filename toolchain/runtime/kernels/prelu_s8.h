/* PRELU on int8: `right` is the slope of negative elements. `out` may be an input of its size. */
#ifndef PERSONA_PRELU_S8_H
#define PERSONA_PRELU_S8_H

#include "broadcast.h"
#include "requant.h"

typedef struct {
    persona_broadcast walk;
    int32_t a_zero, b_zero, out_zero;
    int32_t positive_multiplier, positive_shift, negative_multiplier, negative_shift;
} persona_prelu_s8_args;

static inline int8_t persona_prelu_s8_one(const persona_prelu_s8_args *a, int32_t left, int32_t right)
{
    const int32_t x = left - a->a_zero;
    const int32_t value = x >= 0 ? persona_requant(x, a->positive_multiplier, a->positive_shift)
                                 : persona_requant(x * (right - a->b_zero), a->negative_multiplier, a->negative_shift);
    return (int8_t)persona_clamp(value + a->out_zero, INT8_MIN, INT8_MAX);
}

static void persona_prelu_s8(const persona_prelu_s8_args *a, const int8_t *left, const int8_t *right, int8_t *out)
{
    persona_broadcast_row row = { 0 };
    for (int32_t r = 0; r < a->walk.rows; r++) {
        for (int32_t i = 0; i < a->walk.inner; i++) {
            out[i] = persona_prelu_s8_one(a, left[row.a + i * a->walk.a_step], right[row.b + i * a->walk.b_step]);
        }
        out += a->walk.inner;
        persona_broadcast_next(&a->walk, &row);
    }
}

#endif
