/* Any function of one int8 tensor, as a table of its 256 values from -128 on. `out` may be `x`. */
#ifndef PERSONA_LOOKUP_S8_H
#define PERSONA_LOOKUP_S8_H

#include <stdint.h>

typedef struct {
    int32_t elements;
    const int8_t *table; /* [256] */
} persona_lookup_s8_args;

static void persona_lookup_s8(const persona_lookup_s8_args *a, const int8_t *x, int8_t *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = a->table[x[i] + 128];
    }
}

#endif
