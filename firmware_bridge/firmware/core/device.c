#include "device.h"

#include "session.h"

#include <string.h>

static uint32_t floats_of(const persona_model *model)
{
    uint32_t floats = 0;
    for (uint32_t t = 0; t < model->tensors_count; t++) {
        floats += model->tensors[t].count;
    }
    return floats;
}

static const char *judge_model(const persona_model *model)
{
    if (model->abi != PERSONA_MODEL_ABI) {
        return "the model was generated for another release of the firmware";
    }
    if (floats_of(model) != model->adaptive_floats) {
        return "the model's adaptive tensors do not fill its adaptive buffer";
    }
    if (model->adaptive_floats > 0 && model->prototypes_count == 0) {
        return "the model has adaptive parameters and no prototypes";
    }
    return NULL;
}

static const char *judge_memory(const persona_memory *memory)
{
    const persona_model *const model = memory->model;
    if (memory->arena_bytes < model->arena_bytes || memory->bank_floats < model->adaptive_floats) {
        return "the memory reserved for the model is too small";
    }
    if (memory->output_bytes < persona_io_bytes(model->outputs, model->outputs_count)) {
        return "the memory reserved for the model's outputs is too small";
    }
    if (memory->max_payload < PERSONA_LEAST_PAYLOAD || model->embedding.bytes > UINT16_MAX) {
        return "the link's buffers are too small";
    }
    return NULL;
}

static void init_context(persona_device *device, const persona_memory *memory)
{
    const uint16_t size = (uint16_t)memory->model->embedding.bytes;
    const uint32_t capacity = size > 0 ? memory->context_bytes / size : 0;
    persona_context_init(&device->context, memory->context, size, (uint16_t)capacity);
}

const char *persona_device_init(persona_device *device, const persona_memory *memory)
{
    const persona_model *const model = memory->model;
    const char *const wrong_model = judge_model(model);
    const char *const wrong = wrong_model != NULL ? wrong_model : judge_memory(memory);
    if (wrong != NULL) {
        return wrong;
    }
    memset(device, 0, sizeof *device);
    device->model = model;
    device->max_payload = memory->max_payload;
    device->send = memory->send;
    persona_receiver_init(&device->receiver, memory->receive, PERSONA_FRAME_BYTES(memory->max_payload),
                          &device->counters);
    persona_bank_init(&device->banks, memory->banks[0], memory->banks[1], model->prototypes, model->adaptive_floats);
    persona_update_init(&device->update, model, &device->banks);
    persona_runner_init(&device->runner, model, memory->arena, memory->output);
    init_context(device, memory);
    return NULL;
}

uint32_t persona_device_feed(persona_device *device, uint8_t byte)
{
    persona_frame frame;
    return persona_receiver_feed(&device->receiver, byte, &frame) ? persona_session_answer(device, &frame) : 0;
}

const uint8_t *persona_device_reply(const persona_device *device)
{
    return device->send;
}
