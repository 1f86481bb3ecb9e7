/* LEAKY_RELU on float32. `out` may be `x`. */
#ifndef PERSONA_LEAKY_RELU_F32_H
#define PERSONA_LEAKY_RELU_F32_H

#include <stdint.h>

typedef struct {
    int32_t elements;
    float alpha;
} persona_leaky_relu_f32_args;

static void persona_leaky_relu_f32(const persona_leaky_relu_f32_args *a, const float *x, float *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = x[i] > 0.0f ? x[i] : x[i] * a->alpha;
    }
}

#endif
