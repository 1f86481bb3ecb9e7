/* cobs.h: Consistent Overhead Byte Stuffing (Cheshire and Baker, IEEE/ACM Transactions on Networking 7(2), 1999).
 *
 * A body encoded with COBS holds no zero byte, so one zero byte ends a frame and a receiver finds the next frame after
 * any damage. The cost is one byte for each 254 begun.
 *
 * Decoding is incremental and needs two bytes of state: feed every byte of a body up to its delimiter, which is not
 * fed. Each byte gives at most one decoded byte. At the delimiter the body is sound if its last block is whole.
 *
 *     persona_cobs_decoder decoder = PERSONA_COBS_START;
 *     int decoded = persona_cobs_decode(&decoder, byte);
 *     if (decoded != PERSONA_COBS_NOTHING) buffer[size++] = (uint8_t)decoded;
 *     ...
 *     bool sound = persona_cobs_whole(&decoder);
 *
 * Encoding may be done in place: where `from` lies at least PERSONA_COBS_OVERHEAD(size) bytes behind `to` in the same
 * buffer, the body never overtakes what is still to be read.
 */
#ifndef PERSONA_COBS_H
#define PERSONA_COBS_H

#include <stdbool.h>
#include <stdint.h>

#define PERSONA_COBS_RUN 254u /* the longest run of bytes without a zero in one block */
#define PERSONA_COBS_NOTHING (-1)
#define PERSONA_COBS_OVERHEAD(size) ((size) / PERSONA_COBS_RUN + 1u)

typedef struct {
    uint8_t left;      /* bytes that the current block still wants */
    bool zero_follows; /* whether the block stands for a zero behind it, if the body goes on */
} persona_cobs_decoder;

#define PERSONA_COBS_START                                                                                             \
    {                                                                                                                  \
        0, false                                                                                                       \
    }

/* The decoded byte (0..255), or PERSONA_COBS_NOTHING. `byte` is not zero. Inline, as it runs for every byte of the
 * line. */
static inline int persona_cobs_decode(persona_cobs_decoder *decoder, uint8_t byte)
{
    if (decoder->left > 0) {
        decoder->left--;
        return byte;
    }
    const int before = decoder->zero_follows ? 0 : PERSONA_COBS_NOTHING;
    decoder->left = (uint8_t)(byte - 1u);
    decoder->zero_follows = byte <= PERSONA_COBS_RUN;
    return before;
}

static inline bool persona_cobs_whole(const persona_cobs_decoder *decoder)
{
    return decoder->left == 0;
}

/* Encode `size` bytes. Returns the length of the body, at most size + PERSONA_COBS_OVERHEAD(size). */
uint32_t persona_cobs_encode(uint8_t *to, const uint8_t *from, uint32_t size);

#endif
