#include "cobs.h"

#include <string.h>

#define LONGEST_RUN 254u

int persona_cobs_decode(persona_cobs_decoder *decoder, uint8_t byte)
{
    if (decoder->left > 0) {
        decoder->left--;
        return byte;
    }
    const int before = decoder->zero_follows ? 0 : PERSONA_COBS_NOTHING;
    decoder->left = (uint8_t)(byte - 1u);
    decoder->zero_follows = byte <= LONGEST_RUN;
    return before;
}

bool persona_cobs_whole(const persona_cobs_decoder *decoder)
{
    return decoder->left == 0;
}

static uint32_t run_length(const uint8_t *bytes, uint32_t size)
{
    const uint32_t limit = size < LONGEST_RUN ? size : LONGEST_RUN;
    uint32_t run = 0;
    while (run < limit && bytes[run] != 0) {
        run++;
    }
    return run;
}

uint32_t persona_cobs_encode(uint8_t *to, const uint8_t *from, uint32_t size)
{
    const uint8_t *const start = to;
    const uint8_t *const end = from + size;
    for (;;) {
        const uint32_t run = run_length(from, (uint32_t)(end - from));
        *to++ = (uint8_t)(run + 1u);
        memmove(to, from, run);
        to += run;
        from += run;
        if (from == end) {
            return (uint32_t)(to - start);
        }
        if (run < LONGEST_RUN) {
            from++; /* the zero that the block stands for; a block behind it always follows */
        }
    }
}
