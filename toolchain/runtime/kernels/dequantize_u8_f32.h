/* DEQUANTIZE from uint8: scale * (q - zero). */
#ifndef PERSONA_DEQUANTIZE_U8_F32_H
#define PERSONA_DEQUANTIZE_U8_F32_H

#include <stdint.h>

typedef struct {
    int32_t elements;
    float scale;
    int32_t zero;
} persona_dequantize_u8_f32_args;

static void persona_dequantize_u8_f32(const persona_dequantize_u8_f32_args *a, const uint8_t *x, float *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = a->scale * (float)(x[i] - a->zero);
    }
}

#endif
