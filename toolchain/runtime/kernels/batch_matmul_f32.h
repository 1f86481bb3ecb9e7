/* BATCH_MATMUL on float32: products are added along the depth, from 0. */
#ifndef PERSONA_BATCH_MATMUL_F32_H
#define PERSONA_BATCH_MATMUL_F32_H

#include "matmul_places.h"

typedef struct {
    PERSONA_MATMUL_PLACES;
} persona_batch_matmul_f32_args;

static inline float persona_batch_matmul_f32_at(const persona_batch_matmul_f32_args *a, const float *left,
                                                const float *right)
{
    float total = 0.0f;
    for (int32_t k = 0; k < a->depth; k++) {
        total += left[k * a->left_depth] * right[k * a->right_depth];
    }
    return total;
}

static void persona_batch_matmul_f32(const persona_batch_matmul_f32_args *a, const float *left, const float *right,
                                     float *out)
{
    int32_t left_place[PERSONA_MAX_RANK] = { 0 };
    int32_t right_place[PERSONA_MAX_RANK] = { 0 };
    for (int32_t b = 0; b < a->batches; b++) {
        for (int32_t r = 0; r < a->rows; r++) {
            for (int32_t c = 0; c < a->columns; c++) {
                *out++ = persona_batch_matmul_f32_at(a, left + r * a->left_row, right + c * a->right_column);
            }
        }
        left += persona_step(a->rank, a->dims, a->left_strides, left_place);
        right += persona_step(a->rank, a->dims, a->right_strides, right_place);
    }
}

#endif
