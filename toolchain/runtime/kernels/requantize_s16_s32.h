/* QUANTIZE from int16 to int32: from one scale and zero point to another. */
#ifndef PERSONA_REQUANTIZE_S16_S32_H
#define PERSONA_REQUANTIZE_S16_S32_H

#include "requant.h"

typedef struct {
    int32_t elements;
    int32_t in_zero, out_zero; /* out_zero is 0 */
    int32_t multiplier, shift;
} persona_requantize_s16_s32_args;

static void persona_requantize_s16_s32(const persona_requantize_s16_s32_args *a, const int16_t *x, int32_t *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = persona_requant(x[i] - a->in_zero, a->multiplier, a->shift);
    }
}

#endif
