#include "device.h"

#include "codec.h"
#include "port.h"
#include "session.h"
#include "trial.h"

#include <string.h>

static uint32_t floats_of(const persona_model *model)
{
    uint32_t floats = 0;
    for (uint32_t t = 0; t < model->tensors_count; t++) {
        floats += model->tensors[t].count;
    }
    return floats;
}

static bool is_consistent(const persona_model *model)
{
    return floats_of(model) == model->adaptive_floats && (model->adaptive_floats == 0 || model->prototypes_count > 0) &&
           model->code_bytes <= PERSONA_CODE_MOST && model->code_bytes <= model->adaptive_floats * sizeof(float) &&
           (model->trials == NULL || persona_trial_possible(model));
}

static bool is_large_enough(const persona_memory *memory)
{
    const persona_model *const model = memory->model;
    return memory->arena_bytes >= model->arena_bytes && memory->bank_floats >= model->adaptive_floats &&
           memory->output_bytes >= persona_io_bytes(model->outputs, model->outputs_count) &&
           memory->max_payload >= PERSONA_LEAST_PAYLOAD && model->embedding.bytes <= UINT16_MAX;
}

/* These are mistakes of a build, not of a user: few words, which every device carries. */
static const char *judge(const persona_memory *memory)
{
    if (memory->model->abi != PERSONA_MODEL_ABI) {
        return "the model is of another release";
    }
    if (!is_consistent(memory->model)) {
        return "the model contradicts itself";
    }
    return is_large_enough(memory) ? NULL : "too little memory for the model";
}

static void init_context(persona_device *device, const persona_memory *memory)
{
    const uint32_t size = memory->model->embedding.bytes;
    persona_context_init(&device->context, memory->model, memory->context, memory->moments,
                         size > 0 ? memory->context_bytes / size : 0);
}

/* A model without adaptive parameters has nothing to store. */
static void init_update(persona_device *device, const persona_memory *memory)
{
    const persona_model *const model = memory->model;
    device->flash = model->adaptive_floats > 0 ? memory->flash : NULL;
    persona_keystore_load(&device->key, device->flash);
    if (memory->key != NULL) {
        device->key = *memory->key;
    }
    persona_bank_init(&device->banks, memory->banks[0], memory->banks[1], model->prototypes, model->adaptive_floats);
    device->update.model = model;
    device->update.banks = &device->banks;
    device->update.counters = &device->counters;
    device->update.key = &device->key;
    persona_update_boot(&device->update, device->flash);
}

const char *persona_device_init(persona_device *device, const persona_memory *memory)
{
    const persona_model *const model = memory->model;
    const char *const wrong = judge(memory);
    if (wrong != NULL) {
        return wrong;
    }
    memset(device, 0, sizeof *device);
    device->model = model;
    device->max_payload = memory->max_payload;
    device->send = memory->send;
    persona_receiver_init(&device->receiver, memory->receive, PERSONA_FRAME_BYTES(memory->max_payload),
                          &device->counters);
    device->clock.began = persona_port_ticks();
    init_update(device, memory);
    persona_runner_init(&device->runner, model, memory->arena, memory->output);
    init_context(device, memory);
    return NULL;
}

uint32_t persona_device_feed(persona_device *device, uint8_t byte)
{
    persona_frame frame;
    if (!persona_receiver_feed(&device->receiver, byte, &frame)) {
        return 0;
    }
    persona_device_poll(device);
    return persona_session_answer(device, &frame);
}

void persona_device_poll(persona_device *device)
{
    const uint32_t ms = persona_clock_pass(&device->clock, persona_port_ticks(), persona_port_ticks_per_second());
    persona_update_pass(&device->update, ms, device->clock.seconds);
    const bool watched = device->update.state == PERSONA_PROBATION;
    if (watched || device->watched) {
        persona_port_watchdog(watched ? PERSONA_WATCHDOG_SECONDS : 0);
    }
    device->watched = watched;
}

const uint8_t *persona_device_reply(const persona_device *device)
{
    return device->send;
}
