/* HELLO and STATUS: what a device is, and how it is. */
#include "codec.h"
#include "port.h"
#include "requests.h"

#include <string.h>

#define FLAG_SIGNED_ONLY 1u
#define FLAG_KEY 2u
#define FLAG_STORAGE 4u

static void versions(const persona_device *device, persona_reply *reply)
{
    const bool storage = device->update.journal.flash != NULL;
    persona_reply_u16(reply, PERSONA_FIRMWARE_VERSION);
    persona_reply_u8(reply, PERSONA_EDIT_VERSION);
    persona_reply_u8(reply, storage ? PERSONA_JOURNAL_VERSION : 0);
    persona_reply_u16(reply, (uint16_t)device->max_payload);
    persona_reply_u8(reply, device->model->rounding);
    persona_reply_u8(reply, (uint8_t)((PERSONA_UNSIGNED_EDITS ? 0 : FLAG_SIGNED_ONLY) |
                                      (device->key.present ? FLAG_KEY : 0) | (storage ? FLAG_STORAGE : 0)));
    persona_reply_u8(reply, device->model->prototypes_count);
    persona_reply_u8(reply, (uint8_t)persona_codecs(device->model));
}

/* Bits of the largest bound; those of positive floats compare as they do. */
static uint32_t largest_clip(const persona_model *model)
{
    uint32_t largest = 0;
    for (uint32_t t = 0; t < model->tensors_count; t++) {
        uint32_t bits;
        memcpy(&bits, &model->tensors[t].clip, sizeof bits);
        largest = bits > largest ? bits : largest;
    }
    return largest;
}

static void sizes(const persona_device *device, persona_reply *reply)
{
    const persona_trials *const trials = device->model->trials;
    persona_reply_u32(reply, device->model->adaptive_floats);
    persona_reply_u32(reply, device->runner.input_bytes);
    persona_reply_u32(reply, device->runner.output_bytes);
    persona_reply_u16(reply, device->context.size);
    persona_reply_u16(reply, device->context.capacity);
    persona_reply_u16(reply, device->model->code_bytes);
    persona_reply_u16(reply, trials != NULL ? trials->count : 0);
    persona_reply_u16(reply, trials != NULL ? trials->least : 0);
    persona_reply_u32(reply, largest_clip(device->model));
}

static void platform(persona_reply *reply)
{
    const char *const name = persona_port_name();
    const uint32_t room = persona_reply_room(reply) - 1u;
    const uint32_t length = (uint32_t)strlen(name);
    const uint32_t shown = length < room ? length : room;
    persona_reply_u8(reply, (uint8_t)shown);
    persona_reply_bytes(reply, name, shown);
}

persona_refusal persona_handle_hello(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    (void)request;
    versions(device, reply);
    sizes(device, reply);
    persona_reply_u32(reply, persona_port_ticks_per_second());
    persona_reply_u32(reply, device->update.counter);
    persona_reply_bytes(reply, device->model->base, PERSONA_FINGERPRINT_BYTES);
    persona_reply_bytes(reply, device->model->layout, PERSONA_FINGERPRINT_BYTES);
    persona_reply_bytes(reply, device->key.id, PERSONA_DEVICE_ID_BYTES);
    platform(reply);
    return persona_ok();
}

persona_refusal persona_handle_status(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    const persona_update *const update = &device->update;
    (void)request;
    persona_reply_u8(reply, update->state);
    persona_reply_u8(reply, persona_bank_index(&device->banks));
    persona_reply_u8(reply, update->boot);
    persona_reply_u32(reply, device->banks.generation);
    persona_reply_u32(reply, update->counter);
    persona_reply_u32(reply, update->confirmed.counter);
    persona_reply_u32(reply, update->state == PERSONA_PROBATION ? update->probation_ms : 0);
    persona_reply_bytes(reply, persona_bank_entry(&device->banks)->digest, PERSONA_DIGEST_BYTES);
    persona_reply_bytes(reply, persona_bank_other_entry(&device->banks)->digest, PERSONA_DIGEST_BYTES);
    persona_reply_bytes(reply, update->confirmed.digest, PERSONA_DIGEST_BYTES);
    persona_reply_u8(reply, PERSONA_COUNTERS);
    for (uint32_t i = 0; i < PERSONA_COUNTERS; i++) {
        persona_reply_u32(reply, device->counters.value[i]);
    }
    return persona_ok();
}
