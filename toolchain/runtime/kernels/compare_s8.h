/* Comparisons on int8, brought to a common scale with eight bits below the point, with broadcast. */
#ifndef PERSONA_COMPARE_S8_H
#define PERSONA_COMPARE_S8_H

#include "compare.h"
#include "requant.h"

typedef struct {
    persona_broadcast walk;
    int32_t operation;
    int32_t left_zero, left_multiplier, left_shift, right_zero, right_multiplier, right_shift;
} persona_compare_s8_args;

static void persona_compare_s8(const persona_compare_s8_args *a, const int8_t *left, const int8_t *right, uint8_t *out)
{
    persona_broadcast_row row = { 0 };
    for (int32_t n = 0; n < a->walk.rows; n++) {
        for (int32_t i = 0; i < a->walk.inner; i++) {
            const int32_t x = (left[row.a + i * a->walk.a_step] - a->left_zero) * 256;
            const int32_t y = (right[row.b + i * a->walk.b_step] - a->right_zero) * 256;
            const int32_t l = persona_requant(x, a->left_multiplier, a->left_shift);
            const int32_t r = persona_requant(y, a->right_multiplier, a->right_shift);
            out[i] = persona_compared(a->operation, l<r, l == r, l> r);
        }
        out += a->walk.inner;
        persona_broadcast_next(&a->walk, &row);
    }
}

#endif
