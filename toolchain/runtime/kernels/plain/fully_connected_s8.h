/* The operator of ../fully_connected_s8.h in plain C. */
#ifndef PERSONA_PLAIN_FULLY_CONNECTED_S8_H
#define PERSONA_PLAIN_FULLY_CONNECTED_S8_H

#include "../fully_connected_s8_args.h"
#include "../patch_s8.h"

static void persona_fully_connected_s8(const persona_fully_connected_s8_args *a, const int8_t *x, const int8_t *weights,
                                       int8_t *out)
{
    for (int32_t r = 0; r < a->rows; r++, x += a->depth) {
        const int8_t *w = weights;
        for (int32_t u = 0; u < a->units; u++, w += a->row_bytes) {
            *out++ = persona_scale_s8_one(&a->scale, persona_bias_s8_at(&a->bias, u) + persona_dot_s8(x, w, a->depth), u);
        }
    }
}

#endif
