/* SPLIT, SPLIT_V and UNPACK: each row of the input is one piece for every output, in their order. */
#ifndef PERSONA_SPLIT_H
#define PERSONA_SPLIT_H

#include <stdint.h>
#include <string.h>

typedef struct {
    int32_t rows;
    int32_t count;        /* outputs */
    const int32_t *bytes; /* of one piece of each output */
} persona_split_args;

static void persona_split(const persona_split_args *a, const void *x, void *const *outputs)
{
    const uint8_t *from = x;
    for (int32_t r = 0; r < a->rows; r++) {
        for (int32_t i = 0; i < a->count; i++) {
            memcpy((uint8_t *)outputs[i] + r * a->bytes[i], from, (size_t)a->bytes[i]);
            from += a->bytes[i];
        }
    }
}

#endif
