/* Comparisons on bool with broadcast. */
#ifndef PERSONA_COMPARE_U8_H
#define PERSONA_COMPARE_U8_H

#include "compare.h"

typedef struct {
    persona_broadcast walk;
    int32_t operation;
} persona_compare_u8_args;

static void persona_compare_u8(const persona_compare_u8_args *a, const uint8_t *left, const uint8_t *right,
                               uint8_t *out)
{
    persona_broadcast_row row = { 0 };
    for (int32_t n = 0; n < a->walk.rows; n++) {
        for (int32_t i = 0; i < a->walk.inner; i++) {
            const uint8_t l = left[row.a + i * a->walk.a_step];
            const uint8_t r = right[row.b + i * a->walk.b_step];
            out[i] = persona_compared(a->operation, l<r, l == r, l> r);
        }
        out += a->walk.inner;
        persona_broadcast_next(&a->walk, &row);
    }
}

#endif
