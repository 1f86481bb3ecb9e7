/* LOGICAL_NOT; bools are 0 or 1. `out` may be `x`. */
#ifndef PERSONA_LOGICAL_NOT_H
#define PERSONA_LOGICAL_NOT_H

#include <stdint.h>

typedef struct {
    int32_t elements;
} persona_logical_not_args;

static void persona_logical_not(const persona_logical_not_args *a, const uint8_t *x, uint8_t *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = x[i] ^ 1u;
    }
}

#endif
