/* PAD and PADV2: the output is filled, then the input's runs of bytes are laid into it. */
#ifndef PERSONA_PAD_H
#define PERSONA_PAD_H

#include "odometer.h"

typedef struct {
    int32_t elements; /* of the output */
    int32_t element_bytes;
    const uint8_t *fill; /* one element */
    int32_t offset;      /* of the first run in the output, in bytes */
    int32_t bytes;       /* of one run */
    int32_t runs;
    int32_t rank;
    const int32_t *dims, *strides; /* of the input's runs in the output, in bytes */
} persona_pad_args;

static void persona_pad(const persona_pad_args *a, const void *x, void *out)
{
    const uint8_t *from = x;
    uint8_t *target = out;
    for (int32_t i = 0; i < a->elements; i++) {
        persona_move(target + i * a->element_bytes, a->fill, a->element_bytes);
    }
    int32_t place[PERSONA_MAX_RANK] = { 0 };
    int32_t at = a->offset;
    for (int32_t n = 0; n < a->runs; n++, from += a->bytes) {
        persona_move(target + at, from, a->bytes);
        at += persona_step(a->rank, a->dims, a->strides, place);
    }
}

#endif
