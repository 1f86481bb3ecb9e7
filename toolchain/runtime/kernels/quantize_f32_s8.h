/* QUANTIZE: round(x / scale) + zero, ties away from zero, saturated. */
#ifndef PERSONA_QUANTIZE_F32_S8_H
#define PERSONA_QUANTIZE_F32_S8_H

#include "requant.h"
#include "round_float.h"

typedef struct {
    int32_t elements;
    float scale;
    int32_t zero;
} persona_quantize_f32_s8_args;

static void persona_quantize_f32_s8(const persona_quantize_f32_s8_args *a, const float *x, int8_t *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        const int32_t value = persona_round_float(x[i] / a->scale, 512) + a->zero;
        out[i] = (int8_t)persona_clamp(value, INT8_MIN, INT8_MAX);
    }
}

#endif
