/* TRANSPOSE_CONV on int8: weights [out_c][kernel_h][kernel_w][in_c]; products are added in the input's order. */
#ifndef PERSONA_TRANSPOSE_CONV_S8_H
#define PERSONA_TRANSPOSE_CONV_S8_H

#include "requant.h"
#include "scatter.h"

typedef struct {
    int32_t batches, in_c, out_c;
    int32_t in_h, out_h, kernel_h, stride_h, pad_h, in_w, out_w, kernel_w, stride_w, pad_w;
    int32_t in_zero, out_zero, act_min, act_max;
    const int32_t *bias, *multiplier;
    const int8_t *shift;
} persona_transpose_conv_s8_args;

/* What reaches row `oy`, column `ox` of one output channel; `w` are the channel's weights. */
static inline int32_t persona_transpose_conv_s8_acc(const persona_transpose_conv_s8_args *a, const int8_t *x,
                                                    const int8_t *w, int32_t oy, int32_t ox, persona_sources rows,
                                                    persona_sources columns)
{
    int32_t acc = 0;
    for (int32_t y = rows.begin; y < rows.end; y++) {
        const int32_t ky = oy + a->pad_h - y * a->stride_h;
        for (int32_t c = columns.begin; c < columns.end; c++) {
            const int32_t kx = ox + a->pad_w - c * a->stride_w;
            const int8_t *pixel = x + (y * a->in_w + c) * a->in_c;
            const int8_t *tap = w + (ky * a->kernel_w + kx) * a->in_c;
            for (int32_t k = 0; k < a->in_c; k++) {
                acc += (pixel[k] - a->in_zero) * tap[k];
            }
        }
    }
    return acc;
}

static void persona_transpose_conv_s8(const persona_transpose_conv_s8_args *a, const int8_t *x, const int8_t *weights,
                                      int8_t *out)
{
    const int32_t taps = a->kernel_h * a->kernel_w * a->in_c;
    for (int32_t b = 0; b < a->batches; b++, x += a->in_h * a->in_w * a->in_c) {
        for (int32_t oy = 0; oy < a->out_h; oy++) {
            const persona_sources rows = persona_sources_of(oy + a->pad_h, a->kernel_h, a->stride_h, a->in_h);
            for (int32_t ox = 0; ox < a->out_w; ox++) {
                const persona_sources columns = persona_sources_of(ox + a->pad_w, a->kernel_w, a->stride_w, a->in_w);
                for (int32_t c = 0; c < a->out_c; c++) {
                    const int32_t acc =
                        a->bias[c] + persona_transpose_conv_s8_acc(a, x, weights + c * taps, oy, ox, rows, columns);
                    const int32_t value = persona_requant(acc, a->multiplier[c], a->shift[c]) + a->out_zero;
                    *out++ = (int8_t)persona_clamp(value, a->act_min, a->act_max);
                }
            }
        }
    }
}

#endif
