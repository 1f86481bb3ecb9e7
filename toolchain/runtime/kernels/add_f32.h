/* ADD on float32. `out` may be `left` or `right`. */
#ifndef PERSONA_ADD_F32_H
#define PERSONA_ADD_F32_H

#include <stdint.h>

#include "float_clamp.h"

typedef struct {
    int32_t elements;
    float act_min, act_max;
} persona_add_f32_args;

static void persona_add_f32(const persona_add_f32_args *a, const float *left, const float *right, float *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = persona_float_clamp(left[i] + right[i], a->act_min, a->act_max);
    }
}

#endif
