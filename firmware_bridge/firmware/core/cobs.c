#include "cobs.h"

#include <string.h>

static uint32_t run_length(const uint8_t *bytes, uint32_t size)
{
    const uint32_t limit = size < PERSONA_COBS_RUN ? size : PERSONA_COBS_RUN;
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
        if (run < PERSONA_COBS_RUN) {
            from++; /* the zero that the block stands for; a block behind it always follows */
        }
    }
}
