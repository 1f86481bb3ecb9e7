/* AVERAGE_POOL_2D on int8: the mean of the elements inside, to the nearest, ties away from zero. Four channels are
 * added up at once, as unsigned halves of two words: up to 256 elements of x + 128, at most 255 each, stay below 2^16.
 */
#ifndef PERSONA_AVERAGE_POOL2D_S8_H
#define PERSONA_AVERAGE_POOL2D_S8_H

#include "lanes.h"
#include "requant.h"
#include "window.h"

typedef struct {
    int32_t in_h, in_w, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
    int32_t batches, channels;
    int32_t act_min, act_max;
} persona_average_pool2d_s8_args;

/* A window cut at the border: rows of `columns` elements, `line` bytes apart; elements are `step` bytes apart. */
typedef struct {
    int32_t rows, columns, line, step;
} persona_average_pool2d_s8_window;

static inline int8_t persona_average_pool2d_s8_mean(const persona_average_pool2d_s8_args *a, int32_t total,
                                                    int32_t count)
{
    const int32_t mean = (total > 0 ? total + count / 2 : total - count / 2) / count;
    return (int8_t)persona_clamp(mean, a->act_min, a->act_max);
}

static inline int32_t persona_average_pool2d_s8_total(persona_average_pool2d_s8_window w, const int8_t *x)
{
    int32_t total = 0;
    for (int32_t y = 0; y < w.rows; y++, x += w.line) {
        for (int32_t k = 0; k < w.columns; k++) {
            total += x[k * w.step];
        }
    }
    return total;
}

/* Four channels of a window of at most 256 elements. */
static inline void persona_average_pool2d_s8_four(const persona_average_pool2d_s8_args *a,
                                                  persona_average_pool2d_s8_window w, const int8_t *x, int8_t *out)
{
    const int32_t count = w.rows * w.columns;
    uint32_t even = 0, odd = 0;
    for (int32_t y = 0; y < w.rows; y++, x += w.line) {
        const int8_t *from = x;
        for (int32_t k = w.columns; k > 0; k--, from += w.step) {
            const uint32_t bytes = persona_lanes_load(from) ^ 0x80808080u;
            even = persona_lanes_add_even(even, bytes);
            odd = persona_lanes_add_odd(odd, bytes);
        }
    }
    out[0] = persona_average_pool2d_s8_mean(a, (int32_t)(even & 0xffffu) - 128 * count, count);
    out[1] = persona_average_pool2d_s8_mean(a, (int32_t)(odd & 0xffffu) - 128 * count, count);
    out[2] = persona_average_pool2d_s8_mean(a, (int32_t)(even >> 16) - 128 * count, count);
    out[3] = persona_average_pool2d_s8_mean(a, (int32_t)(odd >> 16) - 128 * count, count);
}

static inline void persona_average_pool2d_s8_place(const persona_average_pool2d_s8_args *a,
                                                   persona_average_pool2d_s8_window w, const int8_t *x, int8_t *out)
{
    const int32_t count = w.rows * w.columns;
    int32_t c = 0;
    if (count <= 256) {
        for (; c + 4 <= a->channels; c += 4) {
            persona_average_pool2d_s8_four(a, w, x + c, out + c);
        }
    }
    for (; c < a->channels; c++) {
        out[c] = persona_average_pool2d_s8_mean(a, persona_average_pool2d_s8_total(w, x + c), count);
    }
}

static void persona_average_pool2d_s8(const persona_average_pool2d_s8_args *a, const int8_t *x, int8_t *out)
{
    persona_average_pool2d_s8_window w = { 0, 0, a->in_w * a->channels, a->channels };
    for (int32_t b = 0; b < a->batches; b++, x += a->in_h * a->in_w * a->channels) {
        for (int32_t oy = 0; oy < a->out_h; oy++) {
            const int32_t y0 = oy * a->stride_h - a->pad_h;
            const persona_taps rows = persona_taps_inside(y0, a->kernel_h, 1, a->in_h);
            w.rows = rows.end - rows.begin;
            for (int32_t ox = 0; ox < a->out_w; ox++, out += a->channels) {
                const int32_t x0 = ox * a->stride_w - a->pad_w;
                const persona_taps columns = persona_taps_inside(x0, a->kernel_w, 1, a->in_w);
                w.columns = columns.end - columns.begin;
                persona_average_pool2d_s8_place(
                    a, w, x + ((y0 + rows.begin) * a->in_w + x0 + columns.begin) * a->channels, out);
            }
        }
    }
}

#endif
