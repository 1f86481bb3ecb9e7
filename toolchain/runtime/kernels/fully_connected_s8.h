/* FULLY_CONNECTED on int8: weights [units][depth], one multiplier per unit. The bias holds the input's offset:
 * bias - in_zero * sum(weights). */
#ifndef PERSONA_FULLY_CONNECTED_S8_H
#define PERSONA_FULLY_CONNECTED_S8_H

#include "patch_s8.h"
#include "requant.h"

typedef struct {
    int32_t rows, depth, units;
    int32_t out_zero, act_min, act_max;
    const int32_t *bias, *multiplier;
    const int8_t *shift;
} persona_fully_connected_s8_args;

static void persona_fully_connected_s8(const persona_fully_connected_s8_args *a, const int8_t *x, const int8_t *weights,
                                       int8_t *out)
{
    for (int32_t r = 0; r < a->rows; r++, x += a->depth) {
        const int8_t *w = weights;
        for (int32_t u = 0; u < a->units; u++, w += a->depth) {
            const int32_t acc = a->bias[u] + persona_dot_s8(x, w, a->depth);
            const int32_t value = persona_requant(acc, a->multiplier[u], a->shift[u]) + a->out_zero;
            *out++ = (int8_t)persona_clamp(value, a->act_min, a->act_max);
        }
    }
}

#endif
