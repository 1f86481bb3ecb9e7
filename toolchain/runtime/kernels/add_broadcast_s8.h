/* ADD on int8 with broadcast; `add_s8` is the one for equal shapes. `out` may be an input of its size. */
#ifndef PERSONA_ADD_BROADCAST_S8_H
#define PERSONA_ADD_BROADCAST_S8_H

#include "add_one_s8.h"
#include "broadcast.h"

typedef struct {
    persona_broadcast walk;
    persona_add_s8_args add;
} persona_add_broadcast_s8_args;

static void persona_add_broadcast_s8(const persona_add_broadcast_s8_args *a, const int8_t *left, const int8_t *right,
                                     int8_t *out)
{
    persona_broadcast_row row = { 0 };
    for (int32_t r = 0; r < a->walk.rows; r++) {
        for (int32_t i = 0; i < a->walk.inner; i++) {
            out[i] = persona_add_s8_one(&a->add, left[row.a + i * a->walk.a_step], right[row.b + i * a->walk.b_step]);
        }
        out += a->walk.inner;
        persona_broadcast_next(&a->walk, &row);
    }
}

#endif
