/* HELLO and STATUS: what a device is, and how it is. */
#include "codec.h"
#include "port.h"
#include "requests.h"

#include <string.h>

#define FLAG_SIGNED_ONLY 1u

static void sizes(const persona_device *device, persona_reply *reply)
{
    persona_reply_u32(reply, device->model->adaptive_floats);
    persona_reply_u32(reply, device->runner.input_bytes);
    persona_reply_u32(reply, device->runner.output_bytes);
    persona_reply_u16(reply, device->context.size);
    persona_reply_u16(reply, device->context.capacity);
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
    persona_reply_u16(reply, PERSONA_FIRMWARE_VERSION);
    persona_reply_u16(reply, (uint16_t)device->max_payload);
    persona_reply_u8(reply, device->model->rounding);
    persona_reply_u8(reply, 0); /* unsigned edits are taken: FLAG_SIGNED_ONLY is not set */
    persona_reply_u8(reply, device->model->prototypes_count);
    persona_reply_u8(reply, PERSONA_CODECS);
    sizes(device, reply);
    persona_reply_u32(reply, persona_port_ticks_per_second());
    persona_reply_u32(reply, device->update.counter);
    persona_reply_bytes(reply, device->model->base, PERSONA_FINGERPRINT_BYTES);
    persona_reply_bytes(reply, device->model->layout, PERSONA_FINGERPRINT_BYTES);
    platform(reply);
    return persona_ok();
}

persona_refusal persona_handle_status(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    (void)request;
    persona_reply_u8(reply, device->update.state);
    persona_reply_u8(reply, persona_bank_index(&device->banks));
    persona_reply_u32(reply, device->banks.generation);
    persona_reply_u32(reply, device->update.counter);
    persona_reply_bytes(reply, persona_bank_digest(&device->banks), PERSONA_DIGEST_BYTES);
    persona_reply_bytes(reply, persona_bank_other_digest(&device->banks), PERSONA_DIGEST_BYTES);
    persona_reply_u8(reply, PERSONA_COUNTERS);
    for (uint32_t i = 0; i < PERSONA_COUNTERS; i++) {
        persona_reply_u32(reply, device->counters.value[i]);
    }
    return persona_ok();
}
