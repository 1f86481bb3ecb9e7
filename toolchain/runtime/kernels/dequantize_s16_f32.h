/* DEQUANTIZE from int16: scale * (q - zero). */
#ifndef PERSONA_DEQUANTIZE_S16_F32_H
#define PERSONA_DEQUANTIZE_S16_F32_H

#include <stdint.h>

typedef struct {
    int32_t elements;
    float scale;
    int32_t zero;
} persona_dequantize_s16_f32_args;

static void persona_dequantize_s16_f32(const persona_dequantize_s16_f32_args *a, const int16_t *x, float *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = a->scale * (float)(x[i] - a->zero);
    }
}

#endif
