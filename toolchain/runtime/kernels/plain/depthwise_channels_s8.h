/* Depthwise convolution one channel after the other: a channel is copied into a plane in scratch memory, with a border
 * of the input's zero point. Weights and what scaling needs are read once for many outputs, the border costs nothing,
 * and since inputs are copied before the outputs of their rows are written, the output may take over the input. Planes
 * of large images are made in bands of output rows; the rows that two bands share move to the top. */
#ifndef PERSONA_PLAIN_DEPTHWISE_CHANNELS_S8_H
#define PERSONA_PLAIN_DEPTHWISE_CHANNELS_S8_H

#include <string.h>

#include "../depthwise_conv2d_s8_args.h"
#include "scale_s8.h"

typedef struct {
    persona_scale_plain scale;
    int32_t bias, step;    /* from channel to channel, in bytes */
    const int8_t *weights; /* `step` bytes apart, like inputs and outputs */
} persona_depthwise_channel;

typedef struct {
    int8_t *plane;
    int32_t pitch;  /* columns: all that windows reach */
    int32_t window; /* rows of a window */
    int32_t most;   /* output rows in a band */
} persona_depthwise_bands;

/* `bytes` are those of the scratch memory; `most` is 0 where it is too small. */
PERSONA_INLINE persona_depthwise_bands persona_depthwise_bands_in(const persona_depthwise_conv2d_s8_args *a,
                                                                  int8_t *scratch, int32_t bytes)
{
    persona_depthwise_bands b = { scratch, 0, (a->kernel_h - 1) * a->dilation_h + 1, 0 };
    b.pitch = (a->out_w - 1) * a->stride_w + (a->kernel_w - 1) * a->dilation_w + 1;
    const int32_t rows = bytes / b.pitch;
    b.most = rows < b.window ? 0 : (rows - b.window) / a->stride_h + 1;
    return b;
}

/* `count` rows of outputs of 3x3 windows without dilation. */
PERSONA_SHARED void persona_depthwise_lines_3x3(const persona_depthwise_conv2d_s8_args *a,
                                                const persona_depthwise_channel *d, const int8_t *row, int32_t pitch,
                                                int32_t count, int8_t *out)
{
    const int32_t stride = a->stride_w, step = d->step, bias = d->bias;
    const persona_scale_plain scale = d->scale;
    const int8_t *t = d->weights;
    const int32_t w0 = t[0], w1 = t[step], w2 = t[2 * step], w3 = t[3 * step], w4 = t[4 * step], w5 = t[5 * step],
                  w6 = t[6 * step], w7 = t[7 * step], w8 = t[8 * step];
    for (; count > 0; count--, row += a->stride_h * pitch) {
        const int8_t *p = row, *q = p + pitch, *r = q + pitch;
        int32_t left = a->out_w;
        for (; left >= 2; left -= 2, out += step) {
            int32_t first = bias, second = bias;
            first += p[0] * w0 + p[1] * w1 + p[2] * w2;
            p += stride;
            second += p[0] * w0 + p[1] * w1 + p[2] * w2;
            p += stride;
            first += q[0] * w3 + q[1] * w4 + q[2] * w5;
            q += stride;
            second += q[0] * w3 + q[1] * w4 + q[2] * w5;
            q += stride;
            first += r[0] * w6 + r[1] * w7 + r[2] * w8;
            r += stride;
            second += r[0] * w6 + r[1] * w7 + r[2] * w8;
            r += stride;
            *out = persona_scale_plain_by(&a->scale, scale, first);
            out += step;
            *out = persona_scale_plain_by(&a->scale, scale, second);
        }
        if (left > 0) {
            const int32_t sum = bias + p[0] * w0 + p[1] * w1 + p[2] * w2 + q[0] * w3 + q[1] * w4 + q[2] * w5 +
                                r[0] * w6 + r[1] * w7 + r[2] * w8;
            *out = persona_scale_plain_by(&a->scale, scale, sum);
            out += step;
        }
    }
}

/* `count` rows of outputs of any window. */
PERSONA_SHARED void persona_depthwise_lines(const persona_depthwise_conv2d_s8_args *a,
                                            const persona_depthwise_channel *d, const int8_t *row, int32_t pitch,
                                            int32_t count, int8_t *out)
{
    for (; count > 0; count--, row += a->stride_h * pitch) {
        for (int32_t ox = 0; ox < a->out_w; ox++, out += d->step) {
            const int8_t *tap = d->weights, *window = row + ox * a->stride_w;
            int32_t sum = d->bias;
            for (int32_t ky = 0; ky < a->kernel_h; ky++, window += a->dilation_h * pitch) {
                const int8_t *x = window;
                for (int32_t kx = 0; kx < a->kernel_w; kx++, x += a->dilation_w, tap += d->step) {
                    sum += *tap * *x;
                }
            }
            *out = persona_scale_plain_by(&a->scale, d->scale, sum);
        }
    }
}

/* Copy rows `y` to `end` of a channel, some of them above or below the image, into rows whose border is there. */
PERSONA_INLINE void persona_depthwise_copy(const persona_depthwise_conv2d_s8_args *a, const int8_t *x, int32_t y,
                                           int32_t end, int32_t pitch, int8_t *row)
{
    const int32_t inside = pitch - a->pad_w < a->in_w ? pitch - a->pad_w : a->in_w, step = a->in_c;
    for (; y < end; y++, row += pitch) {
        if (y < 0 || y >= a->in_h) {
            memset(row, a->in_zero, (size_t)pitch);
            continue;
        }
        const int8_t *from = x + y * a->in_w * step;
        int8_t *to = row + a->pad_w, *const stop = to + inside;
        for (; to < stop; from += step) {
            *to++ = *from;
        }
    }
}

/* One channel: `x` and `out` point to its first element and may be the same memory. */
PERSONA_INLINE void persona_depthwise_channel_s8(const persona_depthwise_conv2d_s8_args *a,
                                                 const persona_depthwise_bands *b, const persona_depthwise_channel *d,
                                                 const int8_t *x, int8_t *out)
{
    int32_t held = 0, next = -a->pad_h; /* rows in the plane; the row of the image that comes next */
    for (int32_t oy = 0; oy < a->out_h; oy += b->most) {
        const int32_t band = a->out_h - oy < b->most ? a->out_h - oy : b->most;
        const int32_t needed = (band - 1) * a->stride_h + b->window;
        persona_depthwise_copy(a, x, next, next + needed - held, b->pitch, b->plane + held * b->pitch);
        next += needed - held;
        if (a->kernel_h == 3 && a->kernel_w == 3 && a->dilation_h == 1 && a->dilation_w == 1) {
            persona_depthwise_lines_3x3(a, d, b->plane, b->pitch, band, out);
        } else {
            persona_depthwise_lines(a, d, b->plane, b->pitch, band, out);
        }
        out += band * a->out_w * d->step;
        held = needed - band * a->stride_h;
        if (held > 0) {
            memmove(b->plane, b->plane + band * a->stride_h * b->pitch, (size_t)(held * b->pitch));
        } else { /* rows between two windows are left out */
            next -= held;
            held = 0;
        }
    }
}

/* The whole operator, if scratch memory is large enough and the scaling quick; else 0 and nothing is done. */
PERSONA_INLINE int persona_depthwise_by_channels(const persona_depthwise_conv2d_s8_args *a, const int8_t *x,
                                                 const int8_t *weights, int8_t *out, int8_t *scratch, int32_t bytes)
{
    const persona_depthwise_bands bands = persona_depthwise_bands_in(a, scratch, bytes);
    if (!persona_scale_plain_quick(&a->scale) || a->depth_multiplier != 1 || a->batches != 1 || bands.most == 0) {
        return 0;
    }
    memset(scratch, a->in_zero, (size_t)bytes);
    for (int32_t c = 0; c < a->out_c; c++) {
        const persona_depthwise_channel d = { persona_scale_plain_channel(&a->scale, c), a->bias[c], a->out_c,
                                              weights + c };
        persona_depthwise_channel_s8(a, &bands, &d, x + c, out + c);
    }
    return 1;
}

#endif
