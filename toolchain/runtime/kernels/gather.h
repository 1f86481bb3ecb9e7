/* GATHER from [batches][outer][rows][bytes] by indices [batches][count]; an index out of range is clamped. */
#ifndef PERSONA_GATHER_H
#define PERSONA_GATHER_H

#include <string.h>

#include "row_index.h"

typedef struct {
    int32_t batches, outer, rows, count;
    int32_t bytes; /* of one row */
} persona_gather_args;

static void persona_gather(const persona_gather_args *a, const void *x, const int32_t *indices, void *out)
{
    const uint8_t *table = x;
    uint8_t *to = out;
    for (int32_t b = 0; b < a->batches; b++, indices += a->count) {
        for (int32_t o = 0; o < a->outer; o++, table += a->rows * a->bytes) {
            for (int32_t i = 0; i < a->count; i++, to += a->bytes) {
                memcpy(to, table + persona_row_index(indices[i], a->rows) * a->bytes, (size_t)a->bytes);
            }
        }
    }
}

#endif
