/* FULLY_CONNECTED on int16 with int8 weights [units][depth]. */
#ifndef PERSONA_FULLY_CONNECTED_S16_H
#define PERSONA_FULLY_CONNECTED_S16_H

#include "requant_s16.h"

typedef struct {
    int32_t rows, depth, units;
    persona_requant_s16_args requant;
} persona_fully_connected_s16_args;

static void persona_fully_connected_s16(const persona_fully_connected_s16_args *a, const int16_t *x,
                                        const int8_t *weights, int16_t *out)
{
    for (int32_t r = 0; r < a->rows; r++, x += a->depth) {
        for (int32_t u = 0; u < a->units; u++) {
            *out++ = persona_requant_s16(&a->requant, persona_dot_s16(x, weights + u * a->depth, a->depth), u);
        }
    }
}

#endif
