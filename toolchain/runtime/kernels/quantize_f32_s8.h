/* QUANTIZE: round(x / scale) + zero, ties away from zero, saturated. */
#ifndef PERSONA_QUANTIZE_F32_S8_H
#define PERSONA_QUANTIZE_F32_S8_H

#include "requant.h"

typedef struct {
    int32_t elements;
    float scale;
    int32_t zero;
} persona_quantize_f32_s8_args;

/* To the nearest, ties away from zero; what saturates in any case (also NaN) is brought near first. */
static inline int32_t persona_round_float(float value)
{
    if (!(value > -512.0f)) {
        return -512;
    }
    if (value > 512.0f) {
        return 512;
    }
    const int32_t whole = (int32_t)value;
    const float rest = value - (float)whole;
    return rest >= 0.5f ? whole + 1 : rest <= -0.5f ? whole - 1 : whole;
}

static void persona_quantize_f32_s8(const persona_quantize_f32_s8_args *a, const float *x, int8_t *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = (int8_t)persona_clamp(persona_round_float(x[i] / a->scale) + a->zero, INT8_MIN, INT8_MAX);
    }
}

#endif
