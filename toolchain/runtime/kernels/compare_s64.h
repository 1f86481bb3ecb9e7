/* Comparisons on int64, which may lie on 4-byte boundaries, with broadcast. */
#ifndef PERSONA_COMPARE_S64_H
#define PERSONA_COMPARE_S64_H

#include <string.h>

#include "compare.h"

typedef struct {
    persona_broadcast walk;
    int32_t operation;
} persona_compare_s64_args;

static void persona_compare_s64(const persona_compare_s64_args *a, const void *left, const void *right, uint8_t *out)
{
    persona_broadcast_row row = { 0 };
    for (int32_t n = 0; n < a->walk.rows; n++) {
        for (int32_t i = 0; i < a->walk.inner; i++) {
            int64_t l, r;
            memcpy(&l, (const uint8_t *)left + 8 * (row.a + i * a->walk.a_step), sizeof l);
            memcpy(&r, (const uint8_t *)right + 8 * (row.b + i * a->walk.b_step), sizeof r);
            out[i] = persona_compared(a->operation, l<r, l == r, l> r);
        }
        out += a->walk.inner;
        persona_broadcast_next(&a->walk, &row);
    }
}

#endif
