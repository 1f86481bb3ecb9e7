/* BEGIN, WRITE, VERIFY, COMMIT and REVERT: the line's side of update.h. */
#include "bytes.h"
#include "requests.h"

enum { REVERT_DROP = 0, REVERT_SWITCH = 1 };

persona_refusal persona_handle_begin(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    const persona_refusal verdict = persona_update_begin(&device->update, request->payload);
    persona_reply_u32(reply, device->update.edit.payload_bytes);
    return verdict;
}

persona_refusal persona_handle_write(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    const uint32_t offset = persona_get_u32(request->payload);
    const persona_refusal verdict =
        persona_update_write(&device->update, offset, request->payload + 4, request->size - 4u);
    persona_reply_u32(reply, device->update.received);
    return verdict;
}

persona_refusal persona_handle_verify(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    (void)request;
    const persona_refusal verdict = persona_update_verify(&device->update);
    persona_reply_bytes(reply, device->update.edit.digest, PERSONA_DIGEST_BYTES);
    return verdict;
}

static void active_bank(const persona_device *device, persona_reply *reply)
{
    persona_reply_u8(reply, persona_bank_index(&device->banks));
    persona_reply_u32(reply, device->banks.generation);
    persona_reply_bytes(reply, persona_bank_digest(&device->banks), PERSONA_DIGEST_BYTES);
}

persona_refusal persona_handle_commit(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    const uint32_t before = device->banks.generation;
    const persona_refusal verdict = persona_update_commit(&device->update, request->payload);
    persona_count(&device->counters, PERSONA_COMMITS, device->banks.generation - before);
    active_bank(device, reply);
    return verdict;
}

static persona_refusal revert(persona_device *device, uint8_t what, const uint8_t *digest)
{
    const uint32_t before = device->banks.generation;
    if (what > REVERT_SWITCH) {
        return persona_refuse(PERSONA_BAD_FLAGS, REVERT_SWITCH, what);
    }
    if (what == REVERT_DROP) {
        persona_count(&device->counters, PERSONA_REVERTS, persona_update_drop(&device->update) ? 1 : 0);
        return persona_ok();
    }
    const persona_refusal verdict = persona_update_revert(&device->update, digest);
    persona_count(&device->counters, PERSONA_REVERTS, device->banks.generation - before);
    return verdict;
}

persona_refusal persona_handle_revert(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    const persona_refusal verdict = revert(device, request->payload[0], request->payload + 1);
    active_bank(device, reply);
    return verdict;
}
