/* SOFTMAX on float32, over rows of `depth`. `out` may be `x`. */
#ifndef PERSONA_SOFTMAX_F32_H
#define PERSONA_SOFTMAX_F32_H

#include "float_math.h"

typedef struct {
    int32_t rows, depth;
    float beta;
} persona_softmax_f32_args;

static inline void persona_softmax_f32_row(const persona_softmax_f32_args *a, const float *x, float *out)
{
    float largest = -0x1.fffffep+127f;
    for (int32_t i = 0; i < a->depth; i++) {
        largest = x[i] > largest ? x[i] : largest;
    }
    float sum = 0.0f;
    for (int32_t i = 0; i < a->depth; i++) {
        out[i] = persona_exp((x[i] - largest) * a->beta);
        sum += out[i];
    }
    for (int32_t i = 0; i < a->depth; i++) {
        out[i] = out[i] / sum;
    }
}

static void persona_softmax_f32(const persona_softmax_f32_args *a, const float *x, float *out)
{
    for (int32_t row = 0; row < a->rows; row++) {
        persona_softmax_f32_row(a, x + row * a->depth, out + row * a->depth);
    }
}

#endif
