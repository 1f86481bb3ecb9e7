/* BEGIN, WRITE and VERIFY: an edit arrives. */
#include "bytes.h"
#include "requests.h"

persona_refusal persona_handle_begin(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    const uint8_t *const body = request->payload + PERSONA_EDIT_HEADER_BYTES;
    const persona_refusal verdict =
        persona_update_begin(&device->update, request->payload, body, request->size - PERSONA_EDIT_HEADER_BYTES);
    persona_reply_u32(reply, persona_edit_body_bytes(&device->update.edit));
    persona_reply_u32(reply, device->update.received);
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
    persona_reply_bytes(reply, persona_edit_digest(&device->update.edit), PERSONA_DIGEST_BYTES);
    return verdict;
}
