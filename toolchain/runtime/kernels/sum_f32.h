/* SUM and MEAN on float32: added in the order of memory from 0, then divided (by 1 for SUM, which is exact). */
#ifndef PERSONA_SUM_F32_H
#define PERSONA_SUM_F32_H

#include "reduce_places.h"

typedef struct {
    PERSONA_REDUCE_PLACES;
    float divisor;
} persona_sum_f32_args;

static void persona_sum_f32(const persona_sum_f32_args *a, const float *x, float *out)
{
    int32_t kept[PERSONA_MAX_RANK] = { 0 };
    for (int32_t o = 0; o < a->outputs; o++) {
        int32_t place[PERSONA_MAX_RANK] = { 0 };
        const float *run = x;
        float total = 0.0f;
        for (int32_t r = 0; r < a->runs; r++) {
            for (int32_t k = 0; k < a->length; k++) {
                total += run[k * a->stride];
            }
            run += persona_step(a->reduced_rank, a->reduced_dims, a->reduced_strides, place);
        }
        *out++ = total / a->divisor;
        x += persona_step(a->kept_rank, a->kept_dims, a->kept_strides, kept);
    }
}

#endif
