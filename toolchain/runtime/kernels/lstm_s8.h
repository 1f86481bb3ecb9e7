/* UNIDIRECTIONAL_SEQUENCE_LSTM on int8 with an int16 cell: four gates (input, forget, cell, output) in Q3.12, their
 * activations in Q0.15. Biases hold the offsets: bias - zero * sum(weights); one row of `units` for each gate. */
#ifndef PERSONA_LSTM_S8_H
#define PERSONA_LSTM_S8_H

#include "patch_s8.h"
#include "requant.h"
#include "sigmoid_table.h"

typedef struct {
    int32_t batches, steps, inputs, units, batch_stride, step_stride;
    int32_t hidden_zero, cell_min, cell_max, tanh_multiplier, tanh_shift;
    const int32_t *input_bias, *input_multiplier, *recurrent_bias, *recurrent_multiplier;
    const int8_t *input_shift, *recurrent_shift;
    int32_t forget_multiplier, forget_shift, update_multiplier, update_shift, hidden_multiplier, hidden_shift;
} persona_lstm_s8_args;

static inline int32_t persona_lstm_clamp(int32_t value)
{
    return persona_clamp(value, -32768, 32767);
}

/* One gate for all units: `gate` counts from 0 to 3. */
static inline void persona_lstm_s8_gate(const persona_lstm_s8_args *a, int32_t gate, const int8_t *x,
                                        const int8_t *hidden, const int8_t *weights, const int8_t *recurrent,
                                        int16_t *out)
{
    for (int32_t u = 0; u < a->units; u++) {
        const int32_t row = gate * a->units + u;
        const int32_t fed = a->input_bias[row] + persona_dot_s8(x, weights + u * a->inputs, a->inputs);
        const int32_t kept = a->recurrent_bias[row] + persona_dot_s8(hidden, recurrent + u * a->units, a->units);
        const int32_t sum =
            persona_lstm_clamp(persona_requant(fed, a->input_multiplier[gate], a->input_shift[gate])) +
            persona_lstm_clamp(persona_requant(kept, a->recurrent_multiplier[gate], a->recurrent_shift[gate]));
        const int32_t argument = persona_sigmoid_argument(persona_lstm_clamp(sum), 3, 0);
        out[u] = gate == 2 ? persona_tanh_q15(argument) : persona_logistic_q15(argument);
    }
}

/* New cell and hidden state from the four gates. */
static inline void persona_lstm_s8_update(const persona_lstm_s8_args *a, const int16_t *gates, int8_t *hidden,
                                          int16_t *cell)
{
    const int16_t *input = gates, *forget = gates + a->units, *fresh = gates + 2 * a->units,
                  *output = gates + 3 * a->units;
    for (int32_t u = 0; u < a->units; u++) {
        const int32_t kept = persona_requant(forget[u] * cell[u], a->forget_multiplier, a->forget_shift);
        const int32_t added = persona_requant(input[u] * fresh[u], a->update_multiplier, a->update_shift);
        const int32_t sum = persona_lstm_clamp(persona_lstm_clamp(kept) + persona_lstm_clamp(added));
        cell[u] = (int16_t)persona_clamp(sum, a->cell_min, a->cell_max);
        const int32_t size = persona_tanh_q15(persona_sigmoid_argument(cell[u], a->tanh_multiplier, a->tanh_shift));
        const int32_t value = persona_requant(size * output[u], a->hidden_multiplier, a->hidden_shift) + a->hidden_zero;
        hidden[u] = (int8_t)persona_clamp(value, -128, 127);
    }
}

static void persona_lstm_s8(const persona_lstm_s8_args *a, const int8_t *x, const int8_t *wi, const int8_t *wf,
                            const int8_t *wc, const int8_t *wo, const int8_t *ri, const int8_t *rf, const int8_t *rc,
                            const int8_t *ro, int8_t *out, int8_t *hidden, int16_t *cell, void *scratch)
{
    int16_t *const gates = scratch;
    for (int32_t b = 0; b < a->batches; b++, hidden += a->units, cell += a->units) {
        for (int32_t t = 0; t < a->steps; t++) {
            const int32_t place = b * a->batch_stride + t * a->step_stride;
            const int8_t *const now = x + place * a->inputs;
            persona_lstm_s8_gate(a, 0, now, hidden, wi, ri, gates);
            persona_lstm_s8_gate(a, 1, now, hidden, wf, rf, gates + a->units);
            persona_lstm_s8_gate(a, 2, now, hidden, wc, rc, gates + 2 * a->units);
            persona_lstm_s8_gate(a, 3, now, hidden, wo, ro, gates + 3 * a->units);
            persona_lstm_s8_update(a, gates, hidden, cell);
            for (int32_t u = 0; u < a->units; u++) {
                out[place * a->units + u] = hidden[u];
            }
        }
    }
}

#endif
