/* SVDF on int8 with int16 state: each filter keeps its last `memory` features and weighs them in time.
 * weights [units * rank][inputs], in time [units * rank][memory], state [batches][units * rank][memory]. */
#ifndef PERSONA_SVDF_S16_H
#define PERSONA_SVDF_S16_H

#include <stddef.h>

#include "svdf_args.h"

typedef persona_svdf_args persona_svdf_s16_args;

/* Shift one filter's state by one step, append the feature of `x`, weigh it in time. */
static inline int32_t persona_svdf_s16_step(const persona_svdf_args *a, const int8_t *x, const int8_t *weights,
                                            const int16_t *in_time, int16_t *state)
{
    int32_t feature = 0;
    for (int32_t i = 0; i < a->inputs; i++) {
        feature += weights[i] * (x[i] - a->in_zero);
    }
    feature = persona_requant(feature, a->feature_multiplier, a->feature_shift);
    feature = persona_clamp(feature, a->state_min, a->state_max) + a->state_zero;
    int32_t sum = 0;
    for (int32_t i = 0; i + 1 < a->memory; i++) {
        state[i] = state[i + 1];
        sum = persona_svdf_add(sum, in_time[i], state[i] - a->state_zero);
    }
    state[a->memory - 1] = (int16_t)feature; /* wraps round, as TFLM's does */
    return persona_svdf_add(sum, in_time[a->memory - 1], state[a->memory - 1] - a->state_zero);
}

/* `bias` may be NULL. */
static void persona_svdf_s16(const persona_svdf_s16_args *a, const int8_t *x, const int8_t *weights,
                             const int16_t *in_time, const int32_t *bias, int8_t *out, int16_t *state)
{
    for (int32_t b = 0; b < a->batches; b++, x += a->inputs) {
        for (int32_t u = 0; u < a->units; u++) {
            int32_t acc = bias != NULL ? bias[u] : 0;
            for (int32_t r = 0; r < a->rank; r++, state += a->memory) {
                const int32_t f = u * a->rank + r;
                const int32_t part =
                    persona_svdf_s16_step(a, x, weights + f * a->inputs, in_time + f * a->memory, state);
                acc = persona_svdf_add(acc, part, 1);
            }
            const int32_t value = persona_requant(acc, a->time_multiplier, a->time_shift) + a->out_zero;
            *out++ = (int8_t)persona_clamp(value, -128, 127);
        }
    }
}

#endif
