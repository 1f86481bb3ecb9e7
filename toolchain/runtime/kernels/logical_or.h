/* LOGICAL_OR with broadcast; bools are 0 or 1. `out` may be an input of its size. */
#ifndef PERSONA_LOGICAL_OR_H
#define PERSONA_LOGICAL_OR_H

#include "broadcast.h"

typedef struct {
    persona_broadcast walk;
} persona_logical_or_args;

static void persona_logical_or(const persona_logical_or_args *a, const uint8_t *left, const uint8_t *right,
                               uint8_t *out)
{
    persona_broadcast_row row = { 0 };
    for (int32_t r = 0; r < a->walk.rows; r++) {
        for (int32_t i = 0; i < a->walk.inner; i++) {
            out[i] = left[row.a + i * a->walk.a_step] | right[row.b + i * a->walk.b_step];
        }
        out += a->walk.inner;
        persona_broadcast_next(&a->walk, &row);
    }
}

#endif
