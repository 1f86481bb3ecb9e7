/* SVDF on float32: each filter keeps its last `memory` features and weighs them in time. Products are added one after
 * the other from 0; the bias comes first. The order is the contract (build with -ffp-contract=off). */
#ifndef PERSONA_SVDF_F32_H
#define PERSONA_SVDF_F32_H

#include <stddef.h>
#include <stdint.h>

#include "float_clamp.h"

typedef struct {
    int32_t batches, inputs, units, rank, memory;
    float act_min, act_max;
} persona_svdf_f32_args;

/* Shift one filter's state by one step, append the feature of `x`, weigh it in time. */
static inline float persona_svdf_f32_step(const persona_svdf_f32_args *a, const float *x, const float *weights,
                                          const float *in_time, float *state)
{
    float feature = 0.0f;
    for (int32_t i = 0; i < a->inputs; i++) {
        feature += weights[i] * x[i];
    }
    float sum = 0.0f;
    for (int32_t i = 0; i + 1 < a->memory; i++) {
        state[i] = state[i + 1];
        sum += in_time[i] * state[i];
    }
    state[a->memory - 1] = feature;
    sum += in_time[a->memory - 1] * feature;
    return sum;
}

/* `bias` may be NULL. */
static void persona_svdf_f32(const persona_svdf_f32_args *a, const float *x, const float *weights, const float *in_time,
                             const float *bias, float *out, float *state)
{
    for (int32_t b = 0; b < a->batches; b++, x += a->inputs) {
        for (int32_t u = 0; u < a->units; u++) {
            float acc = bias != NULL ? bias[u] : 0.0f;
            for (int32_t r = 0; r < a->rank; r++, state += a->memory) {
                const int32_t f = u * a->rank + r;
                acc += persona_svdf_f32_step(a, x, weights + f * a->inputs, in_time + f * a->memory, state);
            }
            *out++ = persona_float_clamp(acc, a->act_min, a->act_max);
        }
    }
}

#endif
