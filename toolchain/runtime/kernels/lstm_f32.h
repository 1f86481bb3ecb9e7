/* UNIDIRECTIONAL_SEQUENCE_LSTM on float32: four gates (input, forget, cell, output). Products are added one after the
 * other from 0, then the bias; the recurrent sum comes last. The order is the contract (build with -ffp-contract=off).
 */
#ifndef PERSONA_LSTM_F32_H
#define PERSONA_LSTM_F32_H

#include <stdint.h>

#include "float_clamp.h"
#include "float_math.h"

typedef struct {
    int32_t batches, steps, inputs, units, batch_stride, step_stride;
    float cell_clip;
    const float *bias; /* [4][units] */
} persona_lstm_f32_args;

static inline float persona_lstm_f32_dot(const float *x, const float *weights, int32_t count)
{
    float sum = 0.0f;
    for (int32_t i = 0; i < count; i++) {
        sum += x[i] * weights[i];
    }
    return sum;
}

/* One gate for all units: `gate` counts from 0 to 3. */
static inline void persona_lstm_f32_gate(const persona_lstm_f32_args *a, int32_t gate, const float *x,
                                         const float *hidden, const float *weights, const float *recurrent, float *out)
{
    for (int32_t u = 0; u < a->units; u++) {
        const float fed = persona_lstm_f32_dot(x, weights + u * a->inputs, a->inputs) + a->bias[gate * a->units + u];
        const float sum = fed + persona_lstm_f32_dot(hidden, recurrent + u * a->units, a->units);
        out[u] = gate == 2 ? persona_tanh(sum) : persona_logistic(sum);
    }
}

/* New cell and hidden state from the four gates. */
static inline void persona_lstm_f32_update(const persona_lstm_f32_args *a, const float *gates, float *hidden,
                                           float *cell)
{
    for (int32_t u = 0; u < a->units; u++) {
        const float kept = gates[a->units + u] * cell[u];
        const float added = gates[u] * gates[2 * a->units + u];
        cell[u] = persona_float_clamp(kept + added, -a->cell_clip, a->cell_clip);
        hidden[u] = persona_tanh(cell[u]) * gates[3 * a->units + u];
    }
}

static void persona_lstm_f32(const persona_lstm_f32_args *a, const float *x, const float *wi, const float *wf,
                             const float *wc, const float *wo, const float *ri, const float *rf, const float *rc,
                             const float *ro, float *out, float *hidden, float *cell, void *scratch)
{
    float *const gates = scratch;
    for (int32_t b = 0; b < a->batches; b++, hidden += a->units, cell += a->units) {
        for (int32_t t = 0; t < a->steps; t++) {
            const int32_t place = b * a->batch_stride + t * a->step_stride;
            const float *const now = x + place * a->inputs;
            persona_lstm_f32_gate(a, 0, now, hidden, wi, ri, gates);
            persona_lstm_f32_gate(a, 1, now, hidden, wf, rf, gates + a->units);
            persona_lstm_f32_gate(a, 2, now, hidden, wc, rc, gates + 2 * a->units);
            persona_lstm_f32_gate(a, 3, now, hidden, wo, ro, gates + 3 * a->units);
            persona_lstm_f32_update(a, gates, hidden, cell);
            for (int32_t u = 0; u < a->units; u++) {
                out[place * a->units + u] = hidden[u];
            }
        }
    }
}

#endif
