/* GATHER_ND: each row of `depth` indices names one slice; an index out of range is clamped. */
#ifndef PERSONA_GATHER_ND_H
#define PERSONA_GATHER_ND_H

#include <string.h>

#include "row_index.h"

typedef struct {
    int32_t count, depth;
    const int32_t *sizes, *strides; /* of the indexed dimensions; strides in bytes */
    int32_t bytes;                  /* of one slice */
} persona_gather_nd_args;

static void persona_gather_nd(const persona_gather_nd_args *a, const void *x, const int32_t *indices, void *out)
{
    const uint8_t *table = x;
    uint8_t *to = out;
    for (int32_t i = 0; i < a->count; i++, to += a->bytes) {
        int32_t at = 0;
        for (int32_t d = 0; d < a->depth; d++) {
            at += persona_row_index(*indices++, a->sizes[d]) * a->strides[d];
        }
        memcpy(to, table + at, (size_t)a->bytes);
    }
}

#endif
