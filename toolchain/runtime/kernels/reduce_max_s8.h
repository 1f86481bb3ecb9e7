/* REDUCE_MAX on int8. */
#ifndef PERSONA_REDUCE_MAX_S8_H
#define PERSONA_REDUCE_MAX_S8_H

#include "reduce_places.h"

typedef struct {
    PERSONA_REDUCE_PLACES;
} persona_reduce_max_s8_args;

static void persona_reduce_max_s8(const persona_reduce_max_s8_args *a, const int8_t *x, int8_t *out)
{
    int32_t kept[PERSONA_MAX_RANK] = { 0 };
    for (int32_t o = 0; o < a->outputs; o++) {
        int32_t place[PERSONA_MAX_RANK] = { 0 };
        const int8_t *run = x;
        int8_t best = INT8_MIN;
        for (int32_t r = 0; r < a->runs; r++) {
            for (int32_t k = 0; k < a->length; k++) {
                best = run[k * a->stride] > best ? run[k * a->stride] : best;
            }
            run += persona_step(a->reduced_rank, a->reduced_dims, a->reduced_strides, place);
        }
        *out++ = best;
        x += persona_step(a->kept_rank, a->kept_dims, a->kept_strides, kept);
    }
}

#endif
