#include "blake2s.h"

#include "bytes.h"

#include <string.h>

#define ROUNDS 10

/* RFC 7693, section 2.6; also SHA-256's. */
static const uint32_t iv[8] = { 0x6A09E667u, 0xBB67AE85u, 0x3C6EF372u, 0xA54FF53Au,
                                0x510E527Fu, 0x9B05688Cu, 0x1F83D9ABu, 0x5BE0CD19u };

/* RFC 7693, section 2.7. */
static const uint8_t sigma[ROUNDS][16] = {
    { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15 }, { 14, 10, 4, 8, 9, 15, 13, 6, 1, 12, 0, 2, 11, 7, 5, 3 },
    { 11, 8, 12, 0, 5, 2, 15, 13, 10, 14, 3, 6, 7, 1, 9, 4 }, { 7, 9, 3, 1, 13, 12, 11, 14, 2, 6, 5, 10, 4, 0, 15, 8 },
    { 9, 0, 5, 7, 2, 4, 10, 15, 14, 1, 11, 12, 6, 8, 3, 13 }, { 2, 12, 6, 10, 0, 11, 8, 3, 4, 13, 7, 5, 15, 14, 1, 9 },
    { 12, 5, 1, 15, 14, 13, 4, 10, 0, 7, 6, 3, 9, 2, 8, 11 }, { 13, 11, 7, 14, 12, 1, 3, 9, 5, 0, 15, 4, 8, 6, 2, 10 },
    { 6, 15, 14, 9, 11, 3, 0, 8, 12, 2, 13, 7, 1, 4, 10, 5 }, { 10, 2, 8, 4, 7, 6, 1, 5, 15, 11, 9, 14, 3, 12, 13, 0 },
};

static inline uint32_t rotate_right(uint32_t word, unsigned by)
{
    return (word >> by) | (word << (32u - by));
}

/* The mixing function G (RFC 7693, section 3.1). A macro, so that the compiler keeps the four words in registers. */
#define MIX(a, b, c, d, x, y)                                                                                          \
    do {                                                                                                               \
        (a) = (a) + (b) + m[(x)];                                                                                      \
        (d) = rotate_right((d) ^ (a), 16);                                                                             \
        (c) = (c) + (d);                                                                                               \
        (b) = rotate_right((b) ^ (c), 12);                                                                             \
        (a) = (a) + (b) + m[(y)];                                                                                      \
        (d) = rotate_right((d) ^ (a), 8);                                                                              \
        (c) = (c) + (d);                                                                                               \
        (b) = rotate_right((b) ^ (c), 7);                                                                              \
    } while (0)

#define ROUND(s)                                                                                                       \
    do {                                                                                                               \
        MIX(v0, v4, v8, v12, (s)[0], (s)[1]);                                                                          \
        MIX(v1, v5, v9, v13, (s)[2], (s)[3]);                                                                          \
        MIX(v2, v6, v10, v14, (s)[4], (s)[5]);                                                                         \
        MIX(v3, v7, v11, v15, (s)[6], (s)[7]);                                                                         \
        MIX(v0, v5, v10, v15, (s)[8], (s)[9]);                                                                         \
        MIX(v1, v6, v11, v12, (s)[10], (s)[11]);                                                                       \
        MIX(v2, v7, v8, v13, (s)[12], (s)[13]);                                                                        \
        MIX(v3, v4, v9, v14, (s)[14], (s)[15]);                                                                        \
    } while (0)

/* Mix the message `m` into `h`; `hashed` counts its bytes in, `last` is all ones for the last block. */
static void compress(uint32_t h[8], const uint32_t m[16], uint32_t hashed, uint32_t last)
{
    uint32_t v0 = h[0], v1 = h[1], v2 = h[2], v3 = h[3], v4 = h[4], v5 = h[5], v6 = h[6], v7 = h[7];
    uint32_t v8 = iv[0], v9 = iv[1], v10 = iv[2], v11 = iv[3];
    uint32_t v12 = iv[4] ^ hashed, v13 = iv[5], v14 = iv[6] ^ last, v15 = iv[7];
#ifdef __OPTIMIZE_SIZE__
    for (unsigned round = 0; round < ROUNDS; round++) {
        ROUND(sigma[round]);
    }
#else
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
#endif
    h[0] ^= v0 ^ v8;
    h[1] ^= v1 ^ v9;
    h[2] ^= v2 ^ v10;
    h[3] ^= v3 ^ v11;
    h[4] ^= v4 ^ v12;
    h[5] ^= v5 ^ v13;
    h[6] ^= v6 ^ v14;
    h[7] ^= v7 ^ v15;
}

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
