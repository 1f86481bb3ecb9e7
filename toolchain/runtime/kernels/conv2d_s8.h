/* CONV_2D on int8: weights [out_c][kernel_h][kernel_w][in_c], one multiplier per output channel. */
#ifndef PERSONA_CONV2D_S8_H
#define PERSONA_CONV2D_S8_H

#include "requant.h"
#include "window.h"

typedef struct {
    int32_t in_h, in_w, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
    int32_t batches, in_c, out_c;
    int32_t in_zero, out_zero, act_min, act_max;
    const int32_t *bias, *multiplier;
    const int8_t *shift;
} persona_conv2d_s8_args;

/* One output channel at one place; `x` is the image, `w` the channel's weights. */
static inline int32_t persona_conv2d_s8_acc(const persona_conv2d_s8_args *a, const int8_t *x, const int8_t *w,
                                            int32_t y0, int32_t x0, persona_taps rows, persona_taps columns)
{
    int32_t acc = 0;
    for (int32_t ky = rows.begin; ky < rows.end; ky++) {
        const int8_t *line = x + (y0 + ky * a->dilation_h) * a->in_w * a->in_c;
        for (int32_t kx = columns.begin; kx < columns.end; kx++) {
            const int8_t *pixel = line + (x0 + kx * a->dilation_w) * a->in_c;
            const int8_t *tap = w + (ky * a->kernel_w + kx) * a->in_c;
            for (int32_t c = 0; c < a->in_c; c++) {
                acc += (pixel[c] - a->in_zero) * tap[c];
            }
        }
    }
    return acc;
}

static void persona_conv2d_s8(const persona_conv2d_s8_args *a, const int8_t *x, const int8_t *weights, int8_t *out)
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
                    const int32_t acc =
                        a->bias[c] + persona_conv2d_s8_acc(a, x, weights + c * taps, y0, x0, rows, columns);
                    const int32_t value = persona_requant(acc, a->multiplier[c], a->shift[c]) + a->out_zero;
                    *out++ = (int8_t)persona_clamp(value, a->act_min, a->act_max);
                }
            }
        }
    }
}

#endif
