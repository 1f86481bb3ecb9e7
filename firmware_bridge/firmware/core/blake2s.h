/* blake2s.h: BLAKE2s (RFC 7693), a hash and, with a key, a message authentication code.
 *
 *     uint8_t digest[32];
 *     persona_blake2s hash;
 *     persona_blake2s_init(&hash, sizeof digest, key, key_size);   (key NULL and size 0: a plain hash)
 *     persona_blake2s_update(&hash, bytes, size);                  (any number of times)
 *     persona_blake2s_final(&hash, digest);
 *
 * Digest and key are at most 32 bytes. At most 2^32 - 1 bytes are hashed (the counter's upper word stays 0), far beyond
 * any memory of a microcontroller. Running time depends on sizes only, never on contents. The state is 108 bytes.
 *
 * Built for speed the ten rounds are unrolled (4 kB of code, about 1,250 instructions a block on a Cortex-M4); built
 * for size (-Os) they are two loops (0.7 kB, about 4,000).
 */
#ifndef PERSONA_BLAKE2S_H
#define PERSONA_BLAKE2S_H

#include <stdint.h>

#define PERSONA_BLAKE2S_BLOCK 64
#define PERSONA_BLAKE2S_MOST 32

typedef struct {
    uint32_t chain[8];
    uint32_t hashed; /* bytes in the blocks compressed so far */
    uint32_t held;   /* bytes in `block` */
    uint32_t digest_size;
    uint32_t block[PERSONA_BLAKE2S_BLOCK / 4];
} persona_blake2s;

void persona_blake2s_init(persona_blake2s *hash, uint32_t digest_size, const uint8_t *key, uint32_t key_size);
void persona_blake2s_update(persona_blake2s *hash, const void *bytes, uint32_t size);
void persona_blake2s_final(persona_blake2s *hash, uint8_t *digest);

#endif
