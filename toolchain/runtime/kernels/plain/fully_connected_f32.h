/* The operator of ../fully_connected_f32.h in plain C. */
#ifndef PERSONA_PLAIN_FULLY_CONNECTED_F32_H
#define PERSONA_PLAIN_FULLY_CONNECTED_F32_H

#include "../float_clamp.h"
#include "../fully_connected_f32_args.h"

/* `bias` may be NULL. */
static void persona_fully_connected_f32(const persona_fully_connected_f32_args *a, const float *x, const float *weights,
                                        const float *bias, float *out)
{
    for (int32_t r = 0; r < a->rows; r++, x += a->depth) {
        const float *w = weights;
        for (int32_t u = 0; u < a->units; u++, w += a->depth) {
            float acc = 0.0f;
            for (int32_t k = 0; k < a->depth; k++) {
                acc += x[k] * w[k];
            }
            if (bias != NULL) {
                acc += bias[u];
            }
            *out++ = persona_float_clamp(acc, a->act_min, a->act_max);
        }
    }
}

#endif
