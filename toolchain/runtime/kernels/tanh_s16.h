/* TANH on int16, by table. `out` may be `x`. */
#ifndef PERSONA_TANH_S16_H
#define PERSONA_TANH_S16_H

#include "sigmoid_table.h"

typedef struct {
    int32_t elements, multiplier, shift;
} persona_tanh_s16_args;

static void persona_tanh_s16(const persona_tanh_s16_args *a, const int16_t *x, int16_t *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = persona_tanh_q15(persona_sigmoid_argument(x[i], a->multiplier, a->shift));
    }
}

#endif
