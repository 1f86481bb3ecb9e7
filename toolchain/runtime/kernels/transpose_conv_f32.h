/* TRANSPOSE_CONV on float32: weights [out_c][kernel_h][kernel_w][in_c]; products are added in the input's order, then
 * the bias. */
#ifndef PERSONA_TRANSPOSE_CONV_F32_H
#define PERSONA_TRANSPOSE_CONV_F32_H

#include <stddef.h>

#include "float_clamp.h"
#include "scatter.h"

typedef struct {
    int32_t batches, in_c, out_c;
    int32_t in_h, out_h, kernel_h, stride_h, pad_h, in_w, out_w, kernel_w, stride_w, pad_w;
    float act_min, act_max;
} persona_transpose_conv_f32_args;

/* What reaches row `oy`, column `ox` of one output channel; `w` are the channel's weights. */
static inline float persona_transpose_conv_f32_acc(const persona_transpose_conv_f32_args *a, const float *x,
                                                   const float *w, int32_t oy, int32_t ox, persona_sources rows,
                                                   persona_sources columns)
{
    float acc = 0;
    for (int32_t y = rows.begin; y < rows.end; y++) {
        const int32_t ky = oy + a->pad_h - y * a->stride_h;
        for (int32_t c = columns.begin; c < columns.end; c++) {
            const int32_t kx = ox + a->pad_w - c * a->stride_w;
            const float *pixel = x + (y * a->in_w + c) * a->in_c;
            const float *tap = w + (ky * a->kernel_w + kx) * a->in_c;
            for (int32_t k = 0; k < a->in_c; k++) {
                acc += pixel[k] * tap[k];
            }
        }
    }
    return acc;
}

static void persona_transpose_conv_f32(const persona_transpose_conv_f32_args *a, const float *x, const float *weights,
                                       const float *bias, float *out)
{
    const int32_t taps = a->kernel_h * a->kernel_w * a->in_c;
    for (int32_t b = 0; b < a->batches; b++, x += a->in_h * a->in_w * a->in_c) {
        for (int32_t oy = 0; oy < a->out_h; oy++) {
            const persona_sources rows = persona_sources_of(oy + a->pad_h, a->kernel_h, a->stride_h, a->in_h);
            for (int32_t ox = 0; ox < a->out_w; ox++) {
                const persona_sources columns = persona_sources_of(ox + a->pad_w, a->kernel_w, a->stride_w, a->in_w);
                for (int32_t c = 0; c < a->out_c; c++) {
                    float acc = persona_transpose_conv_f32_acc(a, x, weights + c * taps, oy, ox, rows, columns);
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
