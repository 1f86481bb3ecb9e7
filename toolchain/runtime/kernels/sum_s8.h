/* SUM and MEAN on int8: the exact sum is requantised; MEAN's multiplier carries the division. */
#ifndef PERSONA_SUM_S8_H
#define PERSONA_SUM_S8_H

#include "reduce_places.h"
#include "requant.h"

typedef struct {
    PERSONA_REDUCE_PLACES;
    int32_t in_zero; /* zero point times elements */
    int32_t out_zero, multiplier, shift;
} persona_sum_s8_args;

static void persona_sum_s8(const persona_sum_s8_args *a, const int8_t *x, int8_t *out)
{
    int32_t kept[PERSONA_MAX_RANK] = { 0 };
    for (int32_t o = 0; o < a->outputs; o++) {
        int32_t place[PERSONA_MAX_RANK] = { 0 };
        const int8_t *run = x;
        int32_t total = -a->in_zero;
        for (int32_t r = 0; r < a->runs; r++) {
            for (int32_t k = 0; k < a->length; k++) {
                total += run[k * a->stride];
            }
            run += persona_step(a->reduced_rank, a->reduced_dims, a->reduced_strides, place);
        }
        const int32_t value = persona_requant(total, a->multiplier, a->shift) + a->out_zero;
        *out++ = (int8_t)persona_clamp(value, INT8_MIN, INT8_MAX);
        x += persona_step(a->kept_rank, a->kept_dims, a->kept_strides, kept);
    }
}

#endif
