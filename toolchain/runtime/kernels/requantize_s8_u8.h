/* QUANTIZE from int8 to uint8: from one scale and zero point to another. */
#ifndef PERSONA_REQUANTIZE_S8_U8_H
#define PERSONA_REQUANTIZE_S8_U8_H

#include "requant.h"

typedef struct {
    int32_t elements;
    int32_t in_zero, out_zero;
    int32_t multiplier, shift;
} persona_requantize_s8_u8_args;

static void persona_requantize_s8_u8(const persona_requantize_s8_u8_args *a, const int8_t *x, uint8_t *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        const int32_t value = persona_requant(x[i] - a->in_zero, a->multiplier, a->shift) + a->out_zero;
        out[i] = (uint8_t)persona_clamp(value, 0, UINT8_MAX);
    }
}

#endif
