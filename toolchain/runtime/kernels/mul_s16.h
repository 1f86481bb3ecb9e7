/* MUL on int16 with broadcast; all zero points are 0. `out` may be an input of its size. */
#ifndef PERSONA_MUL_S16_H
#define PERSONA_MUL_S16_H

#include "broadcast.h"
#include "requant.h"

typedef struct {
    persona_broadcast walk;
    int32_t multiplier, shift, act_min, act_max;
} persona_mul_s16_args;

static void persona_mul_s16(const persona_mul_s16_args *a, const int16_t *left, const int16_t *right, int16_t *out)
{
    persona_broadcast_row row = { 0 };
    for (int32_t r = 0; r < a->walk.rows; r++) {
        for (int32_t i = 0; i < a->walk.inner; i++) {
            const int32_t product = left[row.a + i * a->walk.a_step] * right[row.b + i * a->walk.b_step];
            const int32_t value = persona_requant(product, a->multiplier, a->shift);
            out[i] = (int16_t)persona_clamp(value, a->act_min, a->act_max);
        }
        out += a->walk.inner;
        persona_broadcast_next(&a->walk, &row);
    }
}

#endif
