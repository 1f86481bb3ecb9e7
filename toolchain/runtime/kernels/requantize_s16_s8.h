/* QUANTIZE from int16 to int8: from one scale and zero point to another. */
#ifndef PERSONA_REQUANTIZE_S16_S8_H
#define PERSONA_REQUANTIZE_S16_S8_H

#include "requant.h"

typedef struct {
    int32_t elements;
    int32_t in_zero, out_zero;
    int32_t multiplier, shift;
} persona_requantize_s16_s8_args;

static void persona_requantize_s16_s8(const persona_requantize_s16_s8_args *a, const int16_t *x, int8_t *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        const int32_t value = persona_requant(x[i] - a->in_zero, a->multiplier, a->shift) + a->out_zero;
        out[i] = (int8_t)persona_clamp(value, INT8_MIN, INT8_MAX);
    }
}

#endif
