/* MUL on float32 with broadcast. `out` may be an input of its size. */
#ifndef PERSONA_MUL_F32_H
#define PERSONA_MUL_F32_H

#include "broadcast.h"
#include "float_clamp.h"

typedef struct {
    persona_broadcast walk;
    float act_min, act_max;
} persona_mul_f32_args;

static inline float persona_mul_f32_one(const persona_mul_f32_args *a, float left, float right)
{
    return persona_float_clamp(left * right, a->act_min, a->act_max);
}

static void persona_mul_f32(const persona_mul_f32_args *a, const float *left, const float *right, float *out)
{
    persona_broadcast_row row = { 0 };
    for (int32_t r = 0; r < a->walk.rows; r++) {
        for (int32_t i = 0; i < a->walk.inner; i++) {
            out[i] = persona_mul_f32_one(a, left[row.a + i * a->walk.a_step], right[row.b + i * a->walk.b_step]);
        }
        out += a->walk.inner;
        persona_broadcast_next(&a->walk, &row);
    }
}

#endif
