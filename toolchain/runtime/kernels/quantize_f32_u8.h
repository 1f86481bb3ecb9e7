/* QUANTIZE to uint8: round(x / scale) + zero, ties away from zero, saturated. */
#ifndef PERSONA_QUANTIZE_F32_U8_H
#define PERSONA_QUANTIZE_F32_U8_H

#include "requant.h"
#include "round_float.h"

typedef struct {
    int32_t elements;
    float scale;
    int32_t zero;
} persona_quantize_f32_u8_args;

static void persona_quantize_f32_u8(const persona_quantize_f32_u8_args *a, const float *x, uint8_t *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        const int32_t value = persona_round_float(x[i] / a->scale, 1 << 17) + a->zero;
        out[i] = (uint8_t)persona_clamp(value, 0, UINT8_MAX);
    }
}

#endif
