/* RESIZE_NEAREST_NEIGHBOR: the source's row and column of every output pixel are tables. */
#ifndef PERSONA_RESIZE_NEAREST_H
#define PERSONA_RESIZE_NEAREST_H

#include <stdint.h>
#include <string.h>

typedef struct {
    int32_t batches, in_h, in_w, out_h, out_w;
    int32_t bytes; /* of one pixel */
    const int32_t *rows, *columns;
} persona_resize_nearest_args;

static void persona_resize_nearest(const persona_resize_nearest_args *a, const void *x, void *out)
{
    const uint8_t *image = x;
    uint8_t *to = out;
    for (int32_t b = 0; b < a->batches; b++, image += a->in_h * a->in_w * a->bytes) {
        for (int32_t y = 0; y < a->out_h; y++) {
            for (int32_t c = 0; c < a->out_w; c++, to += a->bytes) {
                memcpy(to, image + (a->rows[y] * a->in_w + a->columns[c]) * a->bytes, (size_t)a->bytes);
            }
        }
    }
}

#endif
