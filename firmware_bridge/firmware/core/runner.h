/* runner.h: one inference: inputs into the arena, the model over it, outputs out of it.
 *
 * A model's inputs are addressed as one run of bytes, in graph order, and so are its outputs. Inputs are loaded
 * straight into the arena, which the next invocation uses up; outputs are copied out, so that loading the next input
 * leaves them readable.
 */
#ifndef PERSONA_RUNNER_H
#define PERSONA_RUNNER_H

#include "persona_model.h"
#include "refusal.h"

#include <stdbool.h>

typedef struct {
    const persona_model *model;
    uint8_t *arena;
    uint8_t *output;
    uint32_t input_bytes;
    uint32_t output_bytes;
    uint32_t loaded; /* input bytes that are there */
} persona_runner;

uint32_t persona_io_bytes(const persona_io *io, uint32_t count);

void persona_runner_init(persona_runner *runner, const persona_model *model, uint8_t *arena, uint8_t *output);

/* Load `size` input bytes at `offset`, which is at most the number of bytes already there; offset 0 starts a new input.
 */
persona_refusal persona_runner_load(persona_runner *runner, uint32_t offset, const uint8_t *bytes, uint32_t size);

/* Run the model on a complete input with the parameters of `adaptive`; `forget` what earlier inferences left first.
 * `trace` (may be NULL) is told of each operator. */
persona_refusal persona_runner_invoke(persona_runner *runner, const float *adaptive, bool forget, persona_trace trace);

/* Run the model on the loaded input, as if it were the first one. The outputs stay in the arena. */
void persona_runner_try(persona_runner *runner, const float *adaptive);

/* Forget a loaded input and what earlier inferences left. */
void persona_runner_forget(persona_runner *runner);

/* The embedding of the last invocation; intact until the next load. */
const uint8_t *persona_runner_embedding(const persona_runner *runner);

#endif
