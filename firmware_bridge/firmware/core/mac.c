#include "mac.h"

#include "blake2s.h"

bool persona_mac_right(const uint8_t mac[PERSONA_MAC_BYTES], const uint8_t key[PERSONA_KEY_BYTES],
                       const persona_edit *edit, const void *payload)
{
    uint8_t right[PERSONA_MAC_BYTES], difference = 0;
    persona_blake2s hash;
    persona_blake2s_init(&hash, PERSONA_MAC_BYTES, key, PERSONA_KEY_BYTES);
    persona_blake2s_update(&hash, edit->header, PERSONA_EDIT_HEADER_BYTES);
    persona_blake2s_update(&hash, payload, persona_edit_payload_bytes(edit));
    persona_blake2s_final(&hash, right);
    for (unsigned i = 0; i < PERSONA_MAC_BYTES; i++) {
        difference |= mac[i] ^ right[i];
    }
    return difference == 0;
}
