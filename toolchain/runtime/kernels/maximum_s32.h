/* MAXIMUM on int32 with broadcast. `out` may be an input of its size. */
#ifndef PERSONA_MAXIMUM_S32_H
#define PERSONA_MAXIMUM_S32_H

#include "broadcast.h"

typedef struct {
    persona_broadcast walk;
} persona_maximum_s32_args;

static inline int32_t persona_maximum_s32_one(int32_t left, int32_t right)
{
    return left > right ? left : right;
}

static void persona_maximum_s32(const persona_maximum_s32_args *a, const int32_t *left, const int32_t *right,
                                int32_t *out)
{
    persona_broadcast_row row = { 0 };
    for (int32_t r = 0; r < a->walk.rows; r++) {
        for (int32_t i = 0; i < a->walk.inner; i++) {
            out[i] = persona_maximum_s32_one(left[row.a + i * a->walk.a_step], right[row.b + i * a->walk.b_step]);
        }
        out += a->walk.inner;
        persona_broadcast_next(&a->walk, &row);
    }
}

#endif
