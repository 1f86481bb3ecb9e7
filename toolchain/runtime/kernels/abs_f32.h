/* ABS on float32. `out` may be `x`. */
#ifndef PERSONA_ABS_F32_H
#define PERSONA_ABS_F32_H

#include "float_math.h"

typedef struct {
    int32_t elements;
} persona_abs_f32_args;

static void persona_abs_f32(const persona_abs_f32_args *a, const float *x, float *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = persona_float_abs(x[i]);
    }
}

#endif
