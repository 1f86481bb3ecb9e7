/* SQUARE on float32. `out` may be `x`. */
#ifndef PERSONA_SQUARE_F32_H
#define PERSONA_SQUARE_F32_H

#include <stdint.h>

typedef struct {
    int32_t elements;
} persona_square_f32_args;

static void persona_square_f32(const persona_square_f32_args *a, const float *x, float *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = x[i] * x[i];
    }
}

#endif
