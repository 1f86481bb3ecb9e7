/* input.h: the bytes that the fuzzer gives, taken one after the other; zeros once they are used up. */
#ifndef PERSONA_FUZZ_INPUT_H
#define PERSONA_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct {
    const uint8_t *bytes;
    size_t left;
} fuzz_input;

static inline uint8_t fuzz_u8(fuzz_input *input)
{
    if (input->left == 0) {
        return 0;
    }
    input->left--;
    return *input->bytes++;
}

/* Copies at most `size` bytes and says how many there were. */
static inline uint32_t fuzz_take(fuzz_input *input, uint8_t *to, uint32_t size)
{
    const uint32_t taken = input->left < size ? (uint32_t)input->left : size;
    if (taken > 0) {
        memcpy(to, input->bytes, taken);
    }
    input->bytes += taken;
    input->left -= taken;
    return taken;
}

#endif
