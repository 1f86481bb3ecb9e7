/* PROVISION: the device gets its name and its secret, once. */
#include "requests.h"

persona_refusal persona_handle_provision(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    const uint8_t *const id = request->payload;
    const persona_refusal verdict =
        persona_keystore_save(&device->key, device->flash, id, id + PERSONA_DEVICE_ID_BYTES);
    persona_reply_bytes(reply, device->key.id, PERSONA_DEVICE_ID_BYTES);
    return verdict;
}
