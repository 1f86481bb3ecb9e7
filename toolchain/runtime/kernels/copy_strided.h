/* Copy runs of bytes from places with strides to places without gaps: transposes, slices, broadcasts. */
#ifndef PERSONA_COPY_STRIDED_H
#define PERSONA_COPY_STRIDED_H

#include "odometer.h"

typedef struct {
    int32_t offset; /* of the first run, in bytes */
    int32_t bytes;  /* of one run */
    int32_t runs;
    int32_t rank;
    const int32_t *dims, *strides; /* `rank` each, strides in bytes, 0 and negative allowed */
} persona_copy_strided_args;

static void persona_copy_strided(const persona_copy_strided_args *a, const void *x, void *out)
{
    const uint8_t *source = x;
    uint8_t *to = out;
    int32_t place[PERSONA_MAX_RANK] = { 0 };
    int32_t at = a->offset;
    for (int32_t n = 0; n < a->runs; n++, to += a->bytes) {
        persona_move(to, source + at, a->bytes);
        at += persona_step(a->rank, a->dims, a->strides, place);
    }
}

#endif
