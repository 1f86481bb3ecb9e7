/* Comparisons on float32 with broadcast. */
#ifndef PERSONA_COMPARE_F32_H
#define PERSONA_COMPARE_F32_H

#include "compare.h"

typedef struct {
    persona_broadcast walk;
    int32_t operation;
} persona_compare_f32_args;

static void persona_compare_f32(const persona_compare_f32_args *a, const float *left, const float *right, uint8_t *out)
{
    persona_broadcast_row row = { 0 };
    for (int32_t n = 0; n < a->walk.rows; n++) {
        for (int32_t i = 0; i < a->walk.inner; i++) {
            const float l = left[row.a + i * a->walk.a_step];
            const float r = right[row.b + i * a->walk.b_step];
            out[i] = persona_compared(a->operation, l<r, l == r, l> r);
        }
        out += a->walk.inner;
        persona_broadcast_next(&a->walk, &row);
    }
}

#endif
