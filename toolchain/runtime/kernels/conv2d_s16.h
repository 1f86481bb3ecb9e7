/* CONV_2D on int16 with int8 weights [out_c][kernel_h][kernel_w][in_c]; the input's zero point is 0. */
#ifndef PERSONA_CONV2D_S16_H
#define PERSONA_CONV2D_S16_H

#include "requant_s16.h"
#include "window.h"

typedef struct {
    int32_t in_h, in_w, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
    int32_t batches, in_c, out_c;
    persona_requant_s16_args requant;
} persona_conv2d_s16_args;

/* One output channel at one place; `x` is the image, `w` the channel's weights. */
static inline int64_t persona_conv2d_s16_acc(const persona_conv2d_s16_args *a, const int16_t *x, const int8_t *w,
                                             int32_t y0, int32_t x0, persona_taps rows, persona_taps columns)
{
    int64_t acc = 0;
    for (int32_t ky = rows.begin; ky < rows.end; ky++) {
        const int16_t *line = x + (y0 + ky * a->dilation_h) * a->in_w * a->in_c;
        for (int32_t kx = columns.begin; kx < columns.end; kx++) {
            acc += persona_dot_s16(line + (x0 + kx * a->dilation_w) * a->in_c, w + (ky * a->kernel_w + kx) * a->in_c,
                                   a->in_c);
        }
    }
    return acc;
}

static void persona_conv2d_s16(const persona_conv2d_s16_args *a, const int16_t *x, const int8_t *weights, int16_t *out)
{
    const int32_t taps = a->kernel_h * a->kernel_w * a->in_c;
    for (int32_t b = 0; b < a->batches; b++, x += a->in_h * a->in_w * a->in_c) {
        for (int32_t oy = 0; oy < a->out_h; oy++) {
            const int32_t y0 = oy * a->stride_h - a->pad_h;
            const persona_taps rows = persona_taps_inside(y0, a->kernel_h, a->dilation_h, a->in_h);
            for (int32_t ox = 0; ox < a->out_w; ox++) {
                const int32_t x0 = ox * a->stride_w - a->pad_w;
                const persona_taps columns = persona_taps_inside(x0, a->kernel_w, a->dilation_w, a->in_w);
                for (int32_t c = 0; c < a->out_c; c++) {
                    const int64_t acc = persona_conv2d_s16_acc(a, x, weights + c * taps, y0, x0, rows, columns);
                    *out++ = persona_requant_s16(&a->requant, acc, c);
                }
            }
        }
    }
}

#endif
