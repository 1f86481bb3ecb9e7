/* QUANTIZE to int16: round(x / scale) + zero, ties away from zero, saturated. */
#ifndef PERSONA_QUANTIZE_F32_S16_H
#define PERSONA_QUANTIZE_F32_S16_H

#include "requant.h"
#include "round_float.h"

typedef struct {
    int32_t elements;
    float scale;
    int32_t zero;
} persona_quantize_f32_s16_args;

static void persona_quantize_f32_s16(const persona_quantize_f32_s16_args *a, const float *x, int16_t *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        const int32_t value = persona_round_float(x[i] / a->scale, 1 << 17) + a->zero;
        out[i] = (int16_t)persona_clamp(value, INT16_MIN, INT16_MAX);
    }
}

#endif
