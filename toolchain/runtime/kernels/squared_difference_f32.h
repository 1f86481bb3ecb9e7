/* SQUARED_DIFFERENCE on float32 with broadcast. `out` may be an input of its size. */
#ifndef PERSONA_SQUARED_DIFFERENCE_F32_H
#define PERSONA_SQUARED_DIFFERENCE_F32_H

#include "broadcast.h"

typedef struct {
    persona_broadcast walk;
} persona_squared_difference_f32_args;

static inline float persona_squared_difference_f32_one(float left, float right)
{
    return (left - right) * (left - right);
}

static void persona_squared_difference_f32(const persona_squared_difference_f32_args *a, const float *left,
                                           const float *right, float *out)
{
    persona_broadcast_row row = { 0 };
    for (int32_t r = 0; r < a->walk.rows; r++) {
        for (int32_t i = 0; i < a->walk.inner; i++) {
            out[i] =
                persona_squared_difference_f32_one(left[row.a + i * a->walk.a_step], right[row.b + i * a->walk.b_step]);
        }
        out += a->walk.inner;
        persona_broadcast_next(&a->walk, &row);
    }
}

#endif
