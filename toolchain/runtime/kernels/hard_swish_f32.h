/* HARD_SWISH on float32. `out` may be `x`. */
#ifndef PERSONA_HARD_SWISH_F32_H
#define PERSONA_HARD_SWISH_F32_H

#include <stdint.h>

#include "float_clamp.h"

typedef struct {
    int32_t elements;
} persona_hard_swish_f32_args;

static void persona_hard_swish_f32(const persona_hard_swish_f32_args *a, const float *x, float *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = x[i] * persona_float_clamp(x[i] + 3.0f, 0.0f, 6.0f) / 6.0f;
    }
}

#endif
