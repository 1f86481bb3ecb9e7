/* SQUARED_DIFFERENCE on int8 with broadcast: both inputs at twice the larger scale with 7 bits below the point. `out`
 * may be an input of its size. */
#ifndef PERSONA_SQUARED_DIFFERENCE_S8_H
#define PERSONA_SQUARED_DIFFERENCE_S8_H

#include "broadcast.h"
#include "requant.h"

typedef struct {
    persona_broadcast walk;
    int32_t a_zero, b_zero, out_zero;
    int32_t a_multiplier, a_shift, b_multiplier, b_shift, out_multiplier, out_shift;
} persona_squared_difference_s8_args;

static inline int8_t persona_squared_difference_s8_one(const persona_squared_difference_s8_args *a, int32_t left,
                                                       int32_t right)
{
    const int32_t x = persona_requant((left - a->a_zero) * (1 << 7), a->a_multiplier, a->a_shift);
    const int32_t y = persona_requant((right - a->b_zero) * (1 << 7), a->b_multiplier, a->b_shift);
    const int32_t value = persona_requant((x - y) * (x - y), a->out_multiplier, a->out_shift) + a->out_zero;
    return (int8_t)persona_clamp(value, INT8_MIN, INT8_MAX);
}

static void persona_squared_difference_s8(const persona_squared_difference_s8_args *a, const int8_t *left,
                                          const int8_t *right, int8_t *out)
{
    persona_broadcast_row row = { 0 };
    for (int32_t r = 0; r < a->walk.rows; r++) {
        for (int32_t i = 0; i < a->walk.inner; i++) {
            out[i] = persona_squared_difference_s8_one(a, left[row.a + i * a->walk.a_step],
                                                       right[row.b + i * a->walk.b_step]);
        }
        out += a->walk.inner;
        persona_broadcast_next(&a->walk, &row);
    }
}

#endif
