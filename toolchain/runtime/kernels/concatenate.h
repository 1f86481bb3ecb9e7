/* CONCATENATION and PACK: each row of the output is made of one piece of every input, in their order. */
#ifndef PERSONA_CONCATENATE_H
#define PERSONA_CONCATENATE_H

#include <stdint.h>
#include <string.h>

typedef struct {
    int32_t rows;
    int32_t count;        /* inputs */
    const int32_t *bytes; /* of one piece of each input */
} persona_concatenate_args;

static void persona_concatenate(const persona_concatenate_args *a, const void *const *inputs, void *out)
{
    uint8_t *to = out;
    for (int32_t r = 0; r < a->rows; r++) {
        for (int32_t i = 0; i < a->count; i++) {
            memcpy(to, (const uint8_t *)inputs[i] + r * a->bytes[i], (size_t)a->bytes[i]);
            to += a->bytes[i];
        }
    }
}

#endif
