#include "runner.h"

#include <string.h>

uint32_t persona_io_bytes(const persona_io *io, uint32_t count)
{
    uint32_t bytes = 0;
    for (uint32_t i = 0; i < count; i++) {
        bytes += io[i].bytes;
    }
    return bytes;
}

void persona_runner_forget(persona_runner *runner)
{
    runner->loaded = 0;
    if (runner->model->reset != NULL) {
        runner->model->reset(runner->arena);
    }
}

void persona_runner_init(persona_runner *runner, const persona_model *model, uint8_t *arena, uint8_t *output)
{
    *runner = (persona_runner){
        .model = model,
        .arena = arena,
        .output = output,
        .input_bytes = persona_io_bytes(model->inputs, model->inputs_count),
        .output_bytes = persona_io_bytes(model->outputs, model->outputs_count),
    };
    persona_runner_forget(runner);
}

/* Copy `bytes` to where they belong: `offset` counts from the first byte of the first input. */
static void scatter(const persona_runner *runner, uint32_t offset, const uint8_t *bytes, uint32_t size)
{
    const persona_io *input = runner->model->inputs;
    while (size > 0) {
        if (offset >= input->bytes) {
            offset -= input->bytes;
            input++;
            continue;
        }
        const uint32_t room = input->bytes - offset;
        const uint32_t taken = size < room ? size : room;
        memcpy(runner->arena + input->offset + offset, bytes, taken);
        bytes += taken;
        offset += taken;
        size -= taken;
    }
}

persona_refusal persona_runner_load(persona_runner *runner, uint32_t offset, const uint8_t *bytes, uint32_t size)
{
    if (offset > runner->loaded) {
        return persona_refuse(PERSONA_BAD_OFFSET, runner->loaded, offset);
    }
    if (size > runner->input_bytes - offset) {
        return persona_refuse(PERSONA_BAD_OFFSET, runner->input_bytes, offset);
    }
    scatter(runner, offset, bytes, size);
    if (offset == 0 || offset + size > runner->loaded) {
        runner->loaded = offset + size;
    }
    return persona_ok();
}

static void gather(const persona_runner *runner)
{
    uint8_t *to = runner->output;
    for (uint32_t i = 0; i < runner->model->outputs_count; i++) {
        const persona_io *const output = &runner->model->outputs[i];
        memcpy(to, runner->arena + output->offset, output->bytes);
        to += output->bytes;
    }
}

persona_refusal persona_runner_invoke(persona_runner *runner, const float *adaptive, bool forget, persona_trace trace)
{
    if (runner->loaded < runner->input_bytes) {
        return persona_refuse(PERSONA_INPUT_INCOMPLETE, runner->input_bytes, runner->loaded);
    }
    if (forget) {
        persona_runner_forget(runner);
    }
    runner->model->invoke(runner->arena, adaptive, trace, NULL);
    runner->loaded = 0;
    gather(runner);
    return persona_ok();
}

void persona_runner_try(persona_runner *runner, const float *adaptive)
{
    persona_runner_forget(runner);
    runner->model->invoke(runner->arena, adaptive, NULL, NULL);
}

const uint8_t *persona_runner_embedding(const persona_runner *runner)
{
    return runner->arena + runner->model->embedding.offset;
}
