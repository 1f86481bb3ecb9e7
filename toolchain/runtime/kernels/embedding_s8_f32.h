/* EMBEDDING_LOOKUP from an int8 table to float32, one scale in all or one for each row; indices are clamped. */
#ifndef PERSONA_EMBEDDING_S8_F32_H
#define PERSONA_EMBEDDING_S8_F32_H

#include "row_index.h"

typedef struct {
    int32_t rows, count, depth;
    int32_t scale_step; /* 0: one scale, 1: one for each row */
    const float *scales;
} persona_embedding_s8_f32_args;

static void persona_embedding_s8_f32(const persona_embedding_s8_f32_args *a, const int8_t *table,
                                     const int32_t *indices, float *out)
{
    for (int32_t i = 0; i < a->count; i++) {
        const int32_t row = persona_row_index(indices[i], a->rows);
        const float scale = a->scales[row * a->scale_step];
        for (int32_t k = 0; k < a->depth; k++) {
            *out++ = (float)table[row * a->depth + k] * scale;
        }
    }
}

#endif
