/* AVERAGE_POOL_2D on float32: added row by row from 0, then divided by the number of elements inside. */
#ifndef PERSONA_AVERAGE_POOL2D_F32_H
#define PERSONA_AVERAGE_POOL2D_F32_H

#include "float_clamp.h"
#include "window.h"

typedef struct {
    int32_t in_h, in_w, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
    int32_t batches, channels;
    float act_min, act_max;
} persona_average_pool2d_f32_args;

static inline float persona_average_pool2d_f32_at(const persona_average_pool2d_f32_args *a, const float *x, int32_t y0,
                                                  int32_t x0, persona_taps rows, persona_taps columns)
{
    const int32_t count = (rows.end - rows.begin) * (columns.end - columns.begin);
    float total = 0.0f;
    for (int32_t ky = rows.begin; ky < rows.end; ky++) {
        for (int32_t kx = columns.begin; kx < columns.end; kx++) {
            total += x[((y0 + ky) * a->in_w + x0 + kx) * a->channels];
        }
    }
    return total / (float)count;
}

static void persona_average_pool2d_f32(const persona_average_pool2d_f32_args *a, const float *x, float *out)
{
    for (int32_t b = 0; b < a->batches; b++, x += a->in_h * a->in_w * a->channels) {
        for (int32_t oy = 0; oy < a->out_h; oy++) {
            const int32_t y0 = oy * a->stride_h - a->pad_h;
            const persona_taps rows = persona_taps_inside(y0, a->kernel_h, 1, a->in_h);
            for (int32_t ox = 0; ox < a->out_w; ox++) {
                const int32_t x0 = ox * a->stride_w - a->pad_w;
                const persona_taps columns = persona_taps_inside(x0, a->kernel_w, 1, a->in_w);
                for (int32_t c = 0; c < a->channels; c++) {
                    const float value = persona_average_pool2d_f32_at(a, x + c, y0, x0, rows, columns);
                    *out++ = persona_float_clamp(value, a->act_min, a->act_max);
                }
            }
        }
    }
}

#endif
