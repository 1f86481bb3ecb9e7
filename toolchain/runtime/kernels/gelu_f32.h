/* GELU on float32: the tail of the error function by Abramowitz and Stegun 7.1.26. `out` may be `x`. */
#ifndef PERSONA_GELU_F32_H
#define PERSONA_GELU_F32_H

#include "float_math.h"

typedef struct {
    int32_t elements;
} persona_gelu_f32_args;

static inline float persona_gelu(float x)
{
    const float z = persona_float_abs(x) * 0.70710678f;
    const float t = 1.0f / (1.0f + 0.3275911f * z);
    float p = 1.061405429f * t + -1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t + -0.284496736f;
    p = p * t + 0.254829592f;
    const float tail = 0.5f * (p * t * persona_exp(-(z * z)));
    return x < 0.0f ? x * tail : x * (1.0f - tail);
}

static void persona_gelu_f32(const persona_gelu_f32_args *a, const float *x, float *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = persona_gelu(x[i]);
    }
}

#endif
