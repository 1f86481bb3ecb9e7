/* RSQRT on float32. `out` may be `x`. */
#ifndef PERSONA_RSQRT_F32_H
#define PERSONA_RSQRT_F32_H

#include "float_math.h"

typedef struct {
    int32_t elements;
} persona_rsqrt_f32_args;

static void persona_rsqrt_f32(const persona_rsqrt_f32_args *a, const float *x, float *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = 1.0f / persona_sqrt(x[i]);
    }
}

#endif
