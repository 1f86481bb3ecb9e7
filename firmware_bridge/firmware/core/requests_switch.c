/* TRY, COMMIT, CONFIRM, APPLY and REVERT: an edit comes into force, or goes. */
#include "bytes.h"
#include "requests.h"

#include <stddef.h>

enum { REVERT_DROP = 0, REVERT_SWITCH = 1 };

persona_refusal persona_handle_try(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    const persona_trials *const trials = device->model->trials;
    uint32_t least = persona_get_u16(request->payload), right = 0;
    const persona_refusal verdict = persona_update_try(&device->update, &device->runner, &least, &right);
    persona_reply_u16(reply, (uint16_t)right);
    persona_reply_u16(reply, trials != NULL ? trials->count : 0);
    persona_reply_u16(reply, (uint16_t)least);
    return verdict;
}

static void active_bank(const persona_device *device, persona_reply *reply)
{
    persona_reply_u8(reply, persona_bank_index(&device->banks));
    persona_reply_u32(reply, device->banks.generation);
    persona_reply_bytes(reply, persona_bank_entry(&device->banks)->digest, PERSONA_DIGEST_BYTES);
}

/* The host has just seen the context and made an edit of it: drift counts from here. */
static persona_refusal bring_into_force(persona_device *device, uint8_t event, const uint8_t *replaces,
                                        uint32_t seconds, persona_reply *reply)
{
    const uint32_t before = device->banks.generation;
    const persona_refusal verdict = persona_update_switch(&device->update, event, replaces, seconds);
    if (device->banks.generation != before) {
        persona_context_refer(&device->context);
    }
    active_bank(device, reply);
    return verdict;
}

persona_refusal persona_handle_apply(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    return bring_into_force(device, PERSONA_EVENT_APPLY, request->payload, 0, reply);
}

persona_refusal persona_handle_commit(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    const uint16_t seconds = persona_get_u16(request->payload + PERSONA_DIGEST_BYTES);
    return bring_into_force(device, PERSONA_EVENT_COMMIT, request->payload, seconds, reply);
}

persona_refusal persona_handle_confirm(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    const persona_refusal verdict = persona_update_confirm(&device->update, request->payload);
    persona_reply_u32(reply, device->update.confirmed.counter);
    return verdict;
}

static persona_refusal revert(persona_update *update, uint8_t what, const uint8_t *digest)
{
    switch (what) {
    case REVERT_DROP:
        persona_update_drop(update);
        return persona_ok();
    case REVERT_SWITCH:
        return persona_update_revert(update, digest);
    default:
        return persona_refuse(PERSONA_BAD_FLAGS, REVERT_SWITCH, what);
    }
}

persona_refusal persona_handle_revert(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    const persona_refusal verdict = revert(&device->update, request->payload[0], request->payload + 1);
    active_bank(device, reply);
    return verdict;
}
