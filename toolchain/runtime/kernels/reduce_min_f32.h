/* REDUCE_MIN on float32, from the highest finite value, so that a NaN is passed over. */
#ifndef PERSONA_REDUCE_MIN_F32_H
#define PERSONA_REDUCE_MIN_F32_H

#include <float.h>

#include "reduce_places.h"

typedef struct {
    PERSONA_REDUCE_PLACES;
} persona_reduce_min_f32_args;

static void persona_reduce_min_f32(const persona_reduce_min_f32_args *a, const float *x, float *out)
{
    int32_t kept[PERSONA_MAX_RANK] = { 0 };
    for (int32_t o = 0; o < a->outputs; o++) {
        int32_t place[PERSONA_MAX_RANK] = { 0 };
        const float *run = x;
        float best = FLT_MAX;
        for (int32_t r = 0; r < a->runs; r++) {
            for (int32_t k = 0; k < a->length; k++) {
                best = run[k * a->stride] < best ? run[k * a->stride] : best;
            }
            run += persona_step(a->reduced_rank, a->reduced_dims, a->reduced_strides, place);
        }
        *out++ = best;
        x += persona_step(a->kept_rank, a->kept_dims, a->kept_strides, kept);
    }
}

#endif
