/* MAXIMUM on int8 with broadcast. `out` may be an input of its size. */
#ifndef PERSONA_MAXIMUM_S8_H
#define PERSONA_MAXIMUM_S8_H

#include "broadcast.h"

typedef struct {
    persona_broadcast walk;
} persona_maximum_s8_args;

static inline int8_t persona_maximum_s8_one(int8_t left, int8_t right)
{
    return left > right ? left : right;
}

static void persona_maximum_s8(const persona_maximum_s8_args *a, const int8_t *left, const int8_t *right, int8_t *out)
{
    persona_broadcast_row row = { 0 };
    for (int32_t r = 0; r < a->walk.rows; r++) {
        for (int32_t i = 0; i < a->walk.inner; i++) {
            out[i] = persona_maximum_s8_one(left[row.a + i * a->walk.a_step], right[row.b + i * a->walk.b_step]);
        }
        out += a->walk.inner;
        persona_broadcast_next(&a->walk, &row);
    }
}

#endif
