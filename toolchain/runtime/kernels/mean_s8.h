/* MEAN on int8 of [outer][count][inner] over the middle; the multiplier carries the division by `count`. */
#ifndef PERSONA_MEAN_S8_H
#define PERSONA_MEAN_S8_H

#include "requant.h"

typedef struct {
    int32_t outer, count, inner;
    int32_t in_zero; /* zero point times count */
    int32_t out_zero, multiplier, shift;
} persona_mean_s8_args;

static void persona_mean_s8(const persona_mean_s8_args *a, const int8_t *x, int8_t *out)
{
    for (int32_t o = 0; o < a->outer; o++, x += a->count * a->inner) {
        for (int32_t i = 0; i < a->inner; i++) {
            int32_t total = -a->in_zero;
            for (int32_t k = 0; k < a->count; k++) {
                total += x[k * a->inner + i];
            }
            const int32_t value = persona_requant(total, a->multiplier, a->shift) + a->out_zero;
            *out++ = (int8_t)persona_clamp(value, INT8_MIN, INT8_MAX);
        }
    }
}

#endif
