#include "digest.h"

#include "blake2s.h"
#include "bytes.h"

#include <string.h>

void persona_digest(uint8_t digest[PERSONA_DIGEST_BYTES], const void *bytes, uint32_t size)
{
    uint8_t whole[PERSONA_BLAKE2S_MOST];
    persona_blake2s hash;
    persona_blake2s_init(&hash, sizeof whole, NULL, 0);
    persona_blake2s_update(&hash, bytes, size);
    persona_blake2s_final(&hash, whole);
    memcpy(digest, whole, PERSONA_DIGEST_BYTES);
}

bool persona_digest_equal(const uint8_t a[PERSONA_DIGEST_BYTES], const uint8_t b[PERSONA_DIGEST_BYTES])
{
    return memcmp(a, b, PERSONA_DIGEST_BYTES) == 0;
}

persona_refusal persona_digest_match(uint8_t code, const uint8_t expected[PERSONA_DIGEST_BYTES],
                                     const uint8_t received[PERSONA_DIGEST_BYTES])
{
    if (persona_digest_equal(expected, received)) {
        return persona_ok();
    }
    return persona_refuse(code, persona_get_u32(expected), persona_get_u32(received));
}
