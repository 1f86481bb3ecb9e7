/* RELU and its relatives on float32. `out` may be `x`. */
#ifndef PERSONA_CLAMP_F32_H
#define PERSONA_CLAMP_F32_H

#include <stdint.h>

#include "float_clamp.h"

typedef struct {
    int32_t elements;
    float low, high;
} persona_clamp_f32_args;

static void persona_clamp_f32(const persona_clamp_f32_args *a, const float *x, float *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = persona_float_clamp(x[i], a->low, a->high);
    }
}

#endif
