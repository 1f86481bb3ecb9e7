/* ADD and SUB (sign -1) on int16 with broadcast: both inputs at twice the larger scale with 15 bits below the point.
 * `out` may be an input of its size. */
#ifndef PERSONA_ADD_S16_H
#define PERSONA_ADD_S16_H

#include "broadcast.h"
#include "requant.h"

typedef struct {
    persona_broadcast walk;
    int32_t sign, a_multiplier, a_shift, b_multiplier, b_shift, out_multiplier, out_shift;
    int32_t act_min, act_max;
} persona_add_s16_args;

static inline int16_t persona_add_s16_one(const persona_add_s16_args *a, int32_t left, int32_t right)
{
    const int32_t x = persona_requant(left * (1 << 15), a->a_multiplier, a->a_shift);
    const int32_t y = persona_requant(right * (1 << 15), a->b_multiplier, a->b_shift);
    const int32_t value = persona_requant(x + a->sign * y, a->out_multiplier, a->out_shift);
    return (int16_t)persona_clamp(value, a->act_min, a->act_max);
}

static void persona_add_s16(const persona_add_s16_args *a, const int16_t *left, const int16_t *right, int16_t *out)
{
    persona_broadcast_row row = { 0 };
    for (int32_t r = 0; r < a->walk.rows; r++) {
        for (int32_t i = 0; i < a->walk.inner; i++) {
            out[i] = persona_add_s16_one(a, left[row.a + i * a->walk.a_step], right[row.b + i * a->walk.b_step]);
        }
        out += a->walk.inner;
        persona_broadcast_next(&a->walk, &row);
    }
}

#endif
