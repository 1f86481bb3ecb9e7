/* DEPTHWISE_CONV_2D on float32: taps are added row by row, column by column from 0, then the bias. */
#ifndef PERSONA_DEPTHWISE_CONV2D_F32_H
#define PERSONA_DEPTHWISE_CONV2D_F32_H

#include <stddef.h>

#include "float_clamp.h"
#include "window.h"

typedef struct {
    int32_t in_h, in_w, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
    int32_t batches, in_c, out_c, depth_multiplier;
    float act_min, act_max;
} persona_depthwise_conv2d_f32_args;

static inline float persona_depthwise_conv2d_f32_acc(const persona_depthwise_conv2d_f32_args *a, const float *x,
                                                     const float *weights, int32_t c, int32_t y0, int32_t x0,
                                                     persona_taps rows, persona_taps columns)
{
    const int32_t in = c / a->depth_multiplier;
    float acc = 0.0f;
    for (int32_t ky = rows.begin; ky < rows.end; ky++) {
        const float *line = x + (y0 + ky * a->dilation_h) * a->in_w * a->in_c + in;
        const float *taps = weights + ky * a->kernel_w * a->out_c + c;
        for (int32_t kx = columns.begin; kx < columns.end; kx++) {
            acc += line[(x0 + kx * a->dilation_w) * a->in_c] * taps[kx * a->out_c];
        }
    }
    return acc;
}

/* `bias` may be NULL. */
static void persona_depthwise_conv2d_f32(const persona_depthwise_conv2d_f32_args *a, const float *x,
                                         const float *weights, const float *bias, float *out)
{
    for (int32_t b = 0; b < a->batches; b++, x += a->in_h * a->in_w * a->in_c) {
        for (int32_t oy = 0; oy < a->out_h; oy++) {
            const int32_t y0 = oy * a->stride_h - a->pad_h;
            const persona_taps rows = persona_taps_inside(y0, a->kernel_h, a->dilation_h, a->in_h);
            for (int32_t ox = 0; ox < a->out_w; ox++) {
                const int32_t x0 = ox * a->stride_w - a->pad_w;
                const persona_taps columns = persona_taps_inside(x0, a->kernel_w, a->dilation_w, a->in_w);
                for (int32_t c = 0; c < a->out_c; c++) {
                    float acc = persona_depthwise_conv2d_f32_acc(a, x, weights, c, y0, x0, rows, columns);
                    if (bias != NULL) {
                        acc += bias[c];
                    }
                    *out++ = persona_float_clamp(acc, a->act_min, a->act_max);
                }
            }
        }
    }
}

#endif
