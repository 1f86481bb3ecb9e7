#include "trial.h"

#include "bytes.h"

#include <stddef.h>
#include <string.h>

/* Bytes of each element type of persona_model.h; 0: cannot be ranked. */
static const uint8_t widths[] = { 1, 4, 2, 4, 1, 1, 0 };

/* A number that compares as an element of `type` does. For floats these are the bits, turned round where they are
 * negative: the same on every processor, and no floating point where there is no unit for it. */
static int32_t rank(const uint8_t *element, uint8_t type)
{
    int32_t word;
    if (widths[type] == 1) {
        return type == PERSONA_INT8 ? (int8_t)*element : *element;
    }
    if (type == PERSONA_INT16) {
        return (int16_t)persona_get_u16(element);
    }
    memcpy(&word, element, sizeof word);
    return type == PERSONA_FLOAT32 && word < 0 ? -(word & INT32_MAX) : word;
}

static uint32_t largest(const uint8_t *elements, const persona_io *output)
{
    const uint32_t width = widths[output->type];
    uint32_t best = 0;
    for (uint32_t at = width; at < output->bytes; at += width) {
        best = rank(elements + at, output->type) > rank(elements + best, output->type) ? at : best;
    }
    return best / width;
}

bool persona_trial_possible(const persona_model *model)
{
    return model->outputs_count > 0 && widths[model->outputs[0].type] > 0;
}

uint32_t persona_trial_right(persona_runner *runner, const float *adaptive)
{
    const persona_trials *const trials = runner->model->trials;
    const persona_io *const output = runner->model->outputs;
    uint32_t right = 0;
    for (uint32_t i = 0; trials != NULL && i < trials->count; i++) {
        (void)persona_runner_load(runner, 0, trials->inputs + i * runner->input_bytes, runner->input_bytes);
        persona_runner_try(runner, adaptive);
        right += largest(runner->arena + output->offset, output) == trials->labels[i];
    }
    persona_runner_forget(runner);
    return right;
}
