/* GELU on float32, the approximation by tanh. `out` may be `x`. */
#ifndef PERSONA_GELU_TANH_F32_H
#define PERSONA_GELU_TANH_F32_H

#include "float_math.h"

typedef struct {
    int32_t elements;
} persona_gelu_tanh_f32_args;

static void persona_gelu_tanh_f32(const persona_gelu_tanh_f32_args *a, const float *x, float *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        const float inner = 0.79788456f * (x[i] + 0.044715f * (x[i] * x[i] * x[i]));
        out[i] = 0.5f * x[i] * (1.0f + persona_tanh(inner));
    }
}

#endif
