/* digest.h: the project's fingerprint: the first eight bytes of BLAKE2s-256 (docs/numerics.md). It tells things apart
 * and finds damage; it is not a signature. */
#ifndef PERSONA_DIGEST_H
#define PERSONA_DIGEST_H

#include "refusal.h"

#include <stdbool.h>
#include <stdint.h>

#define PERSONA_DIGEST_BYTES 8

void persona_digest(uint8_t digest[PERSONA_DIGEST_BYTES], const void *bytes, uint32_t size);

bool persona_digest_equal(const uint8_t a[PERSONA_DIGEST_BYTES], const uint8_t b[PERSONA_DIGEST_BYTES]);

/* Refuses with `code` and the first four bytes of both unless they are equal. */
persona_refusal persona_digest_match(uint8_t code, const uint8_t expected[PERSONA_DIGEST_BYTES],
                                     const uint8_t received[PERSONA_DIGEST_BYTES]);

#endif
