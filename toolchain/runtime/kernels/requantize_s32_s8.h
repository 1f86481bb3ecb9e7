/* QUANTIZE from int32 to int8: from one scale and zero point to another. */
#ifndef PERSONA_REQUANTIZE_S32_S8_H
#define PERSONA_REQUANTIZE_S32_S8_H

#include "requant.h"

typedef struct {
    int32_t elements;
    int32_t in_zero, out_zero; /* in_zero is 0 */
    int32_t multiplier, shift;
} persona_requantize_s32_s8_args;

static void persona_requantize_s32_s8(const persona_requantize_s32_s8_args *a, const int32_t *x, int8_t *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        const int32_t scaled = persona_clamp(persona_requant(x[i], a->multiplier, a->shift), -(1 << 17), 1 << 17);
        const int32_t value = scaled + a->out_zero;
        out[i] = (int8_t)persona_clamp(value, INT8_MIN, INT8_MAX);
    }
}

#endif
