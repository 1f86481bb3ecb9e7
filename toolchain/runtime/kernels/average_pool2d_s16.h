/* AVERAGE_POOL_2D on int16: the mean of the elements inside, to the nearest, ties away from zero. */
#ifndef PERSONA_AVERAGE_POOL2D_S16_H
#define PERSONA_AVERAGE_POOL2D_S16_H

#include "requant.h"
#include "window.h"

typedef struct {
    int32_t in_h, in_w, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
    int32_t batches, channels;
    int32_t act_min, act_max;
} persona_average_pool2d_s16_args;

static inline int32_t persona_average_pool2d_s16_at(const persona_average_pool2d_s16_args *a, const int16_t *x,
                                                    int32_t y0, int32_t x0, persona_taps rows, persona_taps columns)
{
    const int32_t count = (rows.end - rows.begin) * (columns.end - columns.begin);
    int32_t total = 0;
    for (int32_t ky = rows.begin; ky < rows.end; ky++) {
        for (int32_t kx = columns.begin; kx < columns.end; kx++) {
            total += x[((y0 + ky) * a->in_w + x0 + kx) * a->channels];
        }
    }
    return (total > 0 ? total + count / 2 : total - count / 2) / count;
}

static void persona_average_pool2d_s16(const persona_average_pool2d_s16_args *a, const int16_t *x, int16_t *out)
{
    for (int32_t b = 0; b < a->batches; b++, x += a->in_h * a->in_w * a->channels) {
        for (int32_t oy = 0; oy < a->out_h; oy++) {
            const int32_t y0 = oy * a->stride_h - a->pad_h;
            const persona_taps rows = persona_taps_inside(y0, a->kernel_h, 1, a->in_h);
            for (int32_t ox = 0; ox < a->out_w; ox++) {
                const int32_t x0 = ox * a->stride_w - a->pad_w;
                const persona_taps columns = persona_taps_inside(x0, a->kernel_w, 1, a->in_w);
                for (int32_t c = 0; c < a->channels; c++) {
                    const int32_t value = persona_average_pool2d_s16_at(a, x + c, y0, x0, rows, columns);
                    *out++ = (int16_t)persona_clamp(value, a->act_min, a->act_max);
                }
            }
        }
    }
}

#endif
