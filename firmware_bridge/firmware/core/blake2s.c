#include "blake2s.h"

#include "bytes.h"

#include <string.h>

#define ROUNDS 10

/* RFC 7693, section 2.6; also SHA-256's. */
static const uint32_t iv[8] = { 0x6A09E667u, 0xBB67AE85u, 0x3C6EF372u, 0xA54FF53Au,
                                0x510E527Fu, 0x9B05688Cu, 0x1F83D9ABu, 0x5BE0CD19u };

/* RFC 7693, section 2.7, two words of the message a byte, the first in the low half. */
static const uint8_t sigma[ROUNDS][8] = {
    { 0x10, 0x32, 0x54, 0x76, 0x98, 0xBA, 0xDC, 0xFE }, { 0xAE, 0x84, 0xF9, 0x6D, 0xC1, 0x20, 0x7B, 0x35 },
    { 0x8B, 0x0C, 0x25, 0xDF, 0xEA, 0x63, 0x17, 0x49 }, { 0x97, 0x13, 0xCD, 0xEB, 0x62, 0xA5, 0x04, 0x8F },
    { 0x09, 0x75, 0x42, 0xFA, 0x1E, 0xCB, 0x86, 0xD3 }, { 0xC2, 0xA6, 0xB0, 0x38, 0xD4, 0x57, 0xEF, 0x91 },
    { 0x5C, 0xF1, 0xDE, 0xA4, 0x70, 0x36, 0x29, 0xB8 }, { 0xBD, 0xE7, 0x1C, 0x93, 0x05, 0x4F, 0x68, 0xA2 },
    { 0xF6, 0x9E, 0x3B, 0x80, 0x2C, 0x7D, 0x41, 0x5A }, { 0x2A, 0x48, 0x67, 0x51, 0xBF, 0xE9, 0xC3, 0x0D },
};

static inline uint32_t rotate_right(uint32_t word, unsigned by)
{
    return (word >> by) | (word << (32u - by));
}

/* The mixing function G (RFC 7693, section 3.1). A macro, so that the compiler keeps the four words in registers. */
#define MIX(a, b, c, d, xy)                                                                                            \
    do {                                                                                                               \
        (a) = (a) + (b) + m[(xy)&15u];                                                                                 \
        (d) = rotate_right((d) ^ (a), 16);                                                                             \
        (c) = (c) + (d);                                                                                               \
        (b) = rotate_right((b) ^ (c), 12);                                                                             \
        (a) = (a) + (b) + m[(xy) >> 4];                                                                                \
        (d) = rotate_right((d) ^ (a), 8);                                                                              \
        (c) = (c) + (d);                                                                                               \
        (b) = rotate_right((b) ^ (c), 7);                                                                              \
    } while (0)

#ifdef __OPTIMIZE_SIZE__

/* Mix the message `m` into `h`; `hashed` counts its bytes in, `last` is all ones for the last block. The i-th of the
 * eight mixtures of a round takes a column of the 4 x 4 words of state, then a diagonal. */
static void compress(uint32_t h[8], const uint32_t m[16], uint32_t hashed, uint32_t last)
{
    uint32_t v[16];
    memcpy(v, h, 8 * sizeof *h);
    memcpy(v + 8, iv, sizeof iv);
    v[12] ^= hashed;
    v[14] ^= last;
    for (unsigned round = 0; round < ROUNDS; round++) {
        const uint8_t *const s = sigma[round];
        for (unsigned i = 0; i < 8; i++) {
            const unsigned slant = i / 4;
            uint32_t *const a = v + i % 4, *const b = v + 4 + (i + slant) % 4;
            uint32_t *const c = v + 8 + (i + 2 * slant) % 4, *const d = v + 12 + (i + 3 * slant) % 4;
            MIX(*a, *b, *c, *d, s[i]);
        }
    }
    for (unsigned i = 0; i < 8; i++) {
        h[i] ^= v[i] ^ v[i + 8];
    }
}

#else

#define ROUND(s)                                                                                                       \
    do {                                                                                                               \
        MIX(v0, v4, v8, v12, (s)[0]);                                                                                  \
        MIX(v1, v5, v9, v13, (s)[1]);                                                                                  \
        MIX(v2, v6, v10, v14, (s)[2]);                                                                                 \
        MIX(v3, v7, v11, v15, (s)[3]);                                                                                 \
        MIX(v0, v5, v10, v15, (s)[4]);                                                                                 \
        MIX(v1, v6, v11, v12, (s)[5]);                                                                                 \
        MIX(v2, v7, v8, v13, (s)[6]);                                                                                  \
        MIX(v3, v4, v9, v14, (s)[7]);                                                                                  \
    } while (0)

/* Mix the message `m` into `h`; `hashed` counts its bytes in, `last` is all ones for the last block. */
static void compress(uint32_t h[8], const uint32_t m[16], uint32_t hashed, uint32_t last)
{
    uint32_t v0 = h[0], v1 = h[1], v2 = h[2], v3 = h[3], v4 = h[4], v5 = h[5], v6 = h[6], v7 = h[7];
    uint32_t v8 = iv[0], v9 = iv[1], v10 = iv[2], v11 = iv[3];
    uint32_t v12 = iv[4] ^ hashed, v13 = iv[5], v14 = iv[6] ^ last, v15 = iv[7];
    ROUND(sigma[0]);
    ROUND(sigma[1]);
    ROUND(sigma[2]);
    ROUND(sigma[3]);
    ROUND(sigma[4]);
    ROUND(sigma[5]);
    ROUND(sigma[6]);
    ROUND(sigma[7]);
    ROUND(sigma[8]);
    ROUND(sigma[9]);
    h[0] ^= v0 ^ v8;
    h[1] ^= v1 ^ v9;
    h[2] ^= v2 ^ v10;
    h[3] ^= v3 ^ v11;
    h[4] ^= v4 ^ v12;
    h[5] ^= v5 ^ v13;
    h[6] ^= v6 ^ v14;
    h[7] ^= v7 ^ v15;
}

#endif

/* Bytes of the block to the numbers they stand for: nothing to do on a little-endian processor. */
static void words_from_bytes(uint32_t words[16])
{
    for (unsigned i = 0; i < 16; i++) {
        words[i] = persona_get_u32((const uint8_t *)&words[i]);
    }
}

static void compress_held(persona_blake2s *hash, uint32_t last)
{
    hash->hashed += hash->held;
    words_from_bytes(hash->block);
    compress(hash->chain, hash->block, hash->hashed, last);
    hash->held = 0;
}

void persona_blake2s_init(persona_blake2s *hash, uint32_t digest_size, const uint8_t *key, uint32_t key_size)
{
    memset(hash, 0, sizeof *hash);
    memcpy(hash->chain, iv, sizeof iv);
    hash->chain[0] ^= 0x01010000u ^ (key_size << 8) ^ digest_size;
    hash->digest_size = digest_size;
    if (key_size > 0) {
        memcpy(hash->block, key, key_size);
        hash->held = PERSONA_BLAKE2S_BLOCK;
    }
}

void persona_blake2s_update(persona_blake2s *hash, const void *bytes, uint32_t size)
{
    const uint8_t *from = bytes;
    while (size > 0) {
        if (hash->held == PERSONA_BLAKE2S_BLOCK) {
            compress_held(hash, 0); /* only once more follows: the last block is compressed by final */
        }
        const uint32_t room = PERSONA_BLAKE2S_BLOCK - hash->held;
        const uint32_t taken = size < room ? size : room;
        memcpy((uint8_t *)hash->block + hash->held, from, taken);
        hash->held += taken;
        from += taken;
        size -= taken;
    }
}

void persona_blake2s_final(persona_blake2s *hash, uint8_t *digest)
{
    uint8_t bytes[PERSONA_BLAKE2S_MOST];
    memset((uint8_t *)hash->block + hash->held, 0, PERSONA_BLAKE2S_BLOCK - hash->held);
    compress_held(hash, UINT32_MAX);
    for (unsigned i = 0; i < 8; i++) {
        persona_put_u32(bytes + 4u * i, hash->chain[i]);
    }
    memcpy(digest, bytes, hash->digest_size);
}
