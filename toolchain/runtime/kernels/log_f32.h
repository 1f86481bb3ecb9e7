/* LOG on float32. `out` may be `x`. */
#ifndef PERSONA_LOG_F32_H
#define PERSONA_LOG_F32_H

#include "float_math.h"

typedef struct {
    int32_t elements;
} persona_log_f32_args;

static void persona_log_f32(const persona_log_f32_args *a, const float *x, float *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = persona_log(x[i]);
    }
}

#endif
