/* An output whose values were known at compile time. */
#ifndef PERSONA_CONSTANT_H
#define PERSONA_CONSTANT_H

#include <stdint.h>
#include <string.h>

typedef struct {
    int32_t bytes;
    const uint8_t *values;
} persona_constant_args;

static void persona_constant(const persona_constant_args *a, void *out)
{
    memcpy(out, a->values, (size_t)a->bytes);
}

#endif
