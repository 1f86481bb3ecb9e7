/* BATCH_MATMUL on int8: zero points on both sides. */
#ifndef PERSONA_BATCH_MATMUL_S8_H
#define PERSONA_BATCH_MATMUL_S8_H

#include "matmul_places.h"
#include "requant.h"

typedef struct {
    PERSONA_MATMUL_PLACES;
    int32_t left_zero, right_zero, out_zero, multiplier, shift;
} persona_batch_matmul_s8_args;

static inline int8_t persona_batch_matmul_s8_at(const persona_batch_matmul_s8_args *a, const int8_t *left,
                                                const int8_t *right)
{
    int32_t total = 0;
    for (int32_t k = 0; k < a->depth; k++) {
        total += (left[k * a->left_depth] - a->left_zero) * (right[k * a->right_depth] - a->right_zero);
    }
    const int32_t value = persona_requant(total, a->multiplier, a->shift) + a->out_zero;
    return (int8_t)persona_clamp(value, INT8_MIN, INT8_MAX);
}

static void persona_batch_matmul_s8(const persona_batch_matmul_s8_args *a, const int8_t *left, const int8_t *right,
                                    int8_t *out)
{
    int32_t left_place[PERSONA_MAX_RANK] = { 0 };
    int32_t right_place[PERSONA_MAX_RANK] = { 0 };
    for (int32_t b = 0; b < a->batches; b++) {
        for (int32_t r = 0; r < a->rows; r++) {
            for (int32_t c = 0; c < a->columns; c++) {
                *out++ = persona_batch_matmul_s8_at(a, left + r * a->left_row, right + c * a->right_column);
            }
        }
        left += persona_step(a->rank, a->dims, a->left_strides, left_place);
        right += persona_step(a->rank, a->dims, a->right_strides, right_place);
    }
}

#endif
