/* DEQUANTIZE from int32: scale * (q - zero). */
#ifndef PERSONA_DEQUANTIZE_S32_F32_H
#define PERSONA_DEQUANTIZE_S32_F32_H

#include <stdint.h>

typedef struct {
    int32_t elements;
    float scale;
    int32_t zero; /* 0 */
} persona_dequantize_s32_f32_args;

static void persona_dequantize_s32_f32(const persona_dequantize_s32_f32_args *a, const int32_t *x, float *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = a->scale * (float)x[i];
    }
}

#endif
