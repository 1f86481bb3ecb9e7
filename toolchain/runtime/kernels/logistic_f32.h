/* LOGISTIC on float32. `out` may be `x`. */
#ifndef PERSONA_LOGISTIC_F32_H
#define PERSONA_LOGISTIC_F32_H

#include "float_math.h"

typedef struct {
    int32_t elements;
} persona_logistic_f32_args;

static void persona_logistic_f32(const persona_logistic_f32_args *a, const float *x, float *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = persona_logistic(x[i]);
    }
}

#endif
