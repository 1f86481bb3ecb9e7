/* Copy a tensor as it is: READ_VARIABLE and ASSIGN_VARIABLE. */
#ifndef PERSONA_COPY_BYTES_H
#define PERSONA_COPY_BYTES_H

#include <stdint.h>
#include <string.h>

typedef struct {
    uint32_t bytes;
} persona_copy_bytes_args;

static void persona_copy_bytes(const persona_copy_bytes_args *a, const void *x, void *out)
{
    memcpy(out, x, a->bytes);
}

#endif
