/* MEAN on float32 of [outer][count][inner] over the middle: added one after the other from 0, then divided. */
#ifndef PERSONA_MEAN_F32_H
#define PERSONA_MEAN_F32_H

#include <stdint.h>

typedef struct {
    int32_t outer, count, inner;
} persona_mean_f32_args;

static void persona_mean_f32(const persona_mean_f32_args *a, const float *x, float *out)
{
    for (int32_t o = 0; o < a->outer; o++, x += a->count * a->inner) {
        for (int32_t i = 0; i < a->inner; i++) {
            float total = 0.0f;
            for (int32_t k = 0; k < a->count; k++) {
                total += x[k * a->inner + i];
            }
            *out++ = total / (float)a->count;
        }
    }
}

#endif
