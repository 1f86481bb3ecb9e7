/* NEG on float32. `out` may be `x`. */
#ifndef PERSONA_NEG_F32_H
#define PERSONA_NEG_F32_H

#include <stdint.h>

typedef struct {
    int32_t elements;
} persona_neg_f32_args;

static void persona_neg_f32(const persona_neg_f32_args *a, const float *x, float *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = -x[i];
    }
}

#endif
