/* Depthwise convolution with 3x3 windows: one channel after the other is copied into a plane of int16 in scratch
 * memory, with a border of the input's zero point, and the windows slide over the plane. The nine weights and what
 * scaling needs stay in registers; the border costs nothing; and since a channel is copied before its outputs are
 * written, the output may take over the input. Two outputs of a row need, of each of three rows, two words and four
 * multiplications: 15 instructions for 18 multiplications, 4 or 5 to scale and store each output, 2 to copy each input.
 *
 * Planes of large images are made in bands of output rows, so that scratch memory stays small; the rows that two bands
 * share move to the top. */
#ifndef PERSONA_DSP_DEPTHWISE_PLANES_S8_H
#define PERSONA_DSP_DEPTHWISE_PLANES_S8_H

#include <string.h>

#include "../depthwise_conv2d_s8_args.h"
#include "scale_s8.h"

#if defined(__GNUC__) && !defined(__clang__)
#define PERSONA_UNROLL_2 _Pragma("GCC unroll 2")
#define PERSONA_UNROLL_4 _Pragma("GCC unroll 4")
#else
#define PERSONA_UNROLL_2
#define PERSONA_UNROLL_4
#endif

#define PERSONA_PLANE_NARROW 16 /* columns of the planes of narrow images */

/* A row of weights. */
typedef struct {
    uint32_t first, second; /* (w0, w1), (w1, w2) */
} persona_plane_weights;

/* One channel's constants, in memory. Registers are too few for all of them: weights and shift are read for each band,
 * the others for each pair of outputs. */
typedef struct {
    uint32_t weights[6];
    int32_t shift, left;
    uint32_t spare[3]; /* multiplier, offset, bias */
} persona_plane_channel;

/* With shifted accumulators the weights and the bias are multiplied beforehand, not every accumulator. */
PERSONA_INLINE int32_t persona_plane_doubled(const persona_scale_s8 *s)
{
    return persona_scale_s8_short(s) && PERSONA_ROUNDING == 0 && s->shift_max <= 0 ? 2 : 1;
}

/* `step` bytes from weight to weight. */
PERSONA_INLINE void persona_plane_weights_of(uint32_t *row, const int8_t *weights, int32_t step, int32_t by)
{
    const uint32_t w0 = (uint32_t)(weights[0] * by), w1 = (uint32_t)(weights[step] * by),
                   w2 = (uint32_t)(weights[2 * step] * by);
    row[0] = persona_pack_low(w0, w1);
    row[1] = persona_pack_low(w1, w2);
}

PERSONA_INLINE void persona_plane_of_channel(persona_plane_channel *channel, const persona_depthwise_conv2d_s8_args *a,
                                             const int8_t *weights, int32_t c)
{
    const int32_t by = persona_plane_doubled(&a->scale), step = a->in_c;
    const persona_scale_channel scale = persona_scale_s8_channel(&a->scale, c);
    persona_plane_weights_of(channel->weights, weights + c, step, by);
    persona_plane_weights_of(channel->weights + 2, weights + c + 3 * step, step, by);
    persona_plane_weights_of(channel->weights + 4, weights + c + 6 * step, step, by);
    channel->shift = scale.shift;
    channel->left = scale.left;
    channel->spare[0] = (uint32_t)scale.multiplier;
    channel->spare[1] = (uint32_t)scale.offset;
    channel->spare[2] = (uint32_t)(a->bias[c] * by);
}

/* What of it is in registers. */
typedef struct {
    const persona_plane_channel *in_memory;
    persona_plane_weights top, middle, bottom;
    int32_t shift;
} persona_plane_loaded;

PERSONA_INLINE persona_plane_loaded persona_plane_load(const persona_plane_channel *channel)
{
    persona_plane_loaded loaded;
    loaded.in_memory = channel;
    persona_reload_two(channel->weights, &loaded.top.first, &loaded.top.second);
    persona_reload_two(channel->weights + 2, &loaded.middle.first, &loaded.middle.second);
    persona_reload_two(channel->weights + 4, &loaded.bottom.first, &loaded.bottom.second);
    loaded.shift = (int32_t)persona_reload((const uint32_t *)&channel->shift);
    return loaded;
}

PERSONA_INLINE persona_scale_channel persona_plane_scale_of(const persona_plane_loaded *channel)
{
    uint32_t multiplier, offset;
    persona_reload_two(channel->in_memory->spare, &multiplier, &offset);
    const persona_scale_channel scale = { (int32_t)multiplier, channel->shift, channel->in_memory->left,
                                          (int32_t)offset };
    return scale;
}

PERSONA_INLINE int8_t persona_plane_scale(const persona_scale_s8 *s, persona_scale_channel scale, int32_t acc)
{
    return persona_plane_doubled(s) == 2 ? persona_scale_s8_shifted(s, scale, acc) : persona_scale_s8_by(s, scale, acc);
}

/* One column; low halves come first in memory, here and on the hosts that run tests. */
PERSONA_INLINE void persona_plane_half(uint32_t *word, int high, int32_t value)
{
    const int16_t half = (int16_t)value;
    memcpy((char *)word + 2 * high, &half, sizeof half);
}

/* Copy one row of a channel, `step` bytes from element to element, to column `at` of a row of the plane. */
PERSONA_INLINE void persona_plane_copy(uint32_t *row, int32_t at, const int8_t *x, int32_t columns, int32_t step)
{
    uint32_t *to = row + at / 2;
    if (at % 2 != 0 && columns > 0) {
        persona_plane_half(to++, 1, *x);
        x += step;
        columns--;
    }
    PERSONA_UNROLL_4
    for (; columns >= 4; columns -= 4, to += 2, x += 4 * step) {
        const uint32_t x0 = (uint32_t)x[0], x1 = (uint32_t)x[step], x2 = (uint32_t)x[2 * step],
                       x3 = (uint32_t)x[3 * step];
        persona_store_two(to, persona_pack_low(x0, x1), persona_pack_low(x2, x3));
    }
    for (; columns >= 2; columns -= 2, x += 2 * step) {
        *to++ = persona_pack_low((uint32_t)x[0], (uint32_t)x[step]);
    }
    if (columns > 0) {
        persona_plane_half(to, 0, *x);
    }
}

PERSONA_INLINE void persona_plane_clear(uint32_t *plane, int32_t words, int32_t in_zero)
{
    const uint32_t zero = persona_pack_low((uint32_t)in_zero, (uint32_t)in_zero);
    for (int32_t i = 0; i < words; i++) {
        plane[i] = zero;
    }
}

/* With one band a row outside the image stays a border for good. */
PERSONA_INLINE void persona_plane_border(const persona_depthwise_conv2d_s8_args *a, uint32_t *row)
{
    if (a->band < a->out_h) {
        persona_plane_clear(row, a->plane_w / 2, a->in_zero);
    }
}

/* The rows that the outputs of the band from row `top` need. */
PERSONA_INLINE void persona_plane_fill(const persona_depthwise_conv2d_s8_args *a, const int8_t *x, int32_t top,
                                       uint32_t *plane)
{
    const int32_t words = a->plane_w / 2, rows = (a->band - 1) * a->stride_h + 3, moved = a->band * a->stride_h;
    const int32_t columns = a->in_w < a->plane_w - a->pad_w ? a->in_w : a->plane_w - a->pad_w;
    const int32_t origin = top * a->stride_h - a->pad_h; /* input row under the plane's first one */
    const int32_t inside = origin + rows < a->in_h ? rows : a->in_h - origin;
    int32_t row = 0;
    if (top > 0 && moved < rows) {
        memmove(plane, plane + moved * words, (size_t)((rows - moved) * words) * sizeof *plane);
        row = rows - moved;
    }
    for (; row < rows && origin + row < 0; row++) {
        persona_plane_border(a, plane + row * words);
    }
    for (; row < inside; row++) {
        persona_plane_copy(plane + row * words, a->pad_w, x + (origin + row) * a->in_w * a->in_c, columns, a->in_c);
    }
    for (; row < rows; row++) {
        persona_plane_border(a, plane + row * words);
    }
}

/* One output's share of a row of its window. */
PERSONA_INLINE int32_t persona_plane_taps(const uint32_t *at, persona_plane_weights weights, int32_t acc)
{
    uint32_t x, y;
    persona_load_two(at, &x, &y);
    return persona_smlabt(y, weights.second, persona_smlad(x, weights.first, acc));
}

/* The accumulator of the window that begins at column 0 of `at`. */
PERSONA_INLINE int32_t persona_plane_one(const persona_plane_loaded *channel, const uint32_t *at, int32_t words)
{
    int32_t acc = persona_plane_taps(at, channel->top, (int32_t)persona_reload(channel->in_memory->spare + 2));
    acc = persona_plane_taps(at + words, channel->middle, acc);
    return persona_plane_taps(at + 2 * words, channel->bottom, acc);
}

/* The same for two windows, one or two columns apart. */
typedef struct {
    int32_t left, right;
} persona_plane_pair;

PERSONA_INLINE persona_plane_pair persona_plane_pair_taps(int32_t stride, const uint32_t *at,
                                                          persona_plane_weights weights, persona_plane_pair acc)
{
    uint32_t x, y;
    persona_load_two(at, &x, &y);
    acc.left = persona_smlabt(y, weights.second, persona_smlad(x, weights.first, acc.left));
    if (stride == 1) {
        acc.right = persona_smlad(y, weights.second, persona_smlatb(x, weights.first, acc.right));
    } else {
        acc.right = persona_smlabt(at[2], weights.second, persona_smlad(y, weights.first, acc.right));
    }
    return acc;
}

PERSONA_INLINE persona_plane_pair persona_plane_two(int32_t stride, const persona_plane_loaded *channel,
                                                    const uint32_t *at, int32_t words)
{
    const int32_t bias = (int32_t)persona_reload(channel->in_memory->spare + 2);
    persona_plane_pair acc = { bias, bias };
    acc = persona_plane_pair_taps(stride, at, channel->top, acc);
    acc = persona_plane_pair_taps(stride, at + words, channel->middle, acc);
    return persona_plane_pair_taps(stride, at + 2 * words, channel->bottom, acc);
}

PERSONA_INLINE void persona_plane_row(const persona_depthwise_conv2d_s8_args *a, const persona_plane_loaded *channel,
                                      const uint32_t *at, int8_t *out)
{
    PERSONA_UNROLL_2
    for (int32_t n = a->out_w / 2; n > 0; n--, at += a->stride_w, out += 2 * a->in_c) {
        const persona_plane_pair acc = persona_plane_two(a->stride_w, channel, at, a->plane_w / 2);
        const persona_scale_channel scale = persona_plane_scale_of(channel);
        out[0] = persona_plane_scale(&a->scale, scale, acc.left);
        out[a->in_c] = persona_plane_scale(&a->scale, scale, acc.right);
    }
    if (a->out_w % 2 != 0) {
        const int32_t acc = persona_plane_one(channel, at, a->plane_w / 2);
        *out = persona_plane_scale(&a->scale, persona_plane_scale_of(channel), acc);
    }
}

PERSONA_INLINE void persona_plane_slide(const persona_depthwise_conv2d_s8_args *a, const persona_plane_channel *channel,
                                        const uint32_t *at, int8_t *out, int32_t rows)
{
    const persona_plane_loaded loaded = persona_plane_load(channel);
    for (; rows > 0; rows--, at += a->stride_h * (a->plane_w / 2), out += a->out_w * a->in_c) {
        persona_plane_row(a, &loaded, at, out);
    }
}

PERSONA_INLINE void persona_depthwise_by_planes(const persona_depthwise_conv2d_s8_args *a, const int8_t *x,
                                                const int8_t *weights, int8_t *out, uint32_t *plane)
{
    persona_plane_clear(plane, ((a->band - 1) * a->stride_h + 3) * (a->plane_w / 2), a->in_zero);
    for (int32_t c = 0; c < a->in_c; c++) {
        persona_plane_channel channel;
        persona_plane_of_channel(&channel, a, weights, c);
        for (int32_t top = 0; top < a->out_h; top += a->band) {
            persona_plane_fill(a, x + c, top, plane);
            persona_plane_slide(a, &channel, plane, out + top * a->out_w * a->in_c + c,
                                a->out_h - top < a->band ? a->out_h - top : a->band);
        }
    }
}

/* Narrow images, whose layers are many and small, share one function for each stride, if they need one band and scale
 * as usual. What all layers of a model have in common the compiler folds. */
PERSONA_INLINE int persona_plane_shared(const persona_depthwise_conv2d_s8_args *a)
{
    const persona_scale_s8 *s = &a->scale;
    return a->plane_w == PERSONA_PLANE_NARROW && a->band == a->out_h && s->narrow && s->shift_min >= -22 &&
           s->shift_max <= -2 && s->act_min == INT8_MIN && s->act_max == INT8_MAX;
}

PERSONA_INLINE void persona_depthwise_narrow(int32_t in_h, int32_t in_w, int32_t out_h, int32_t out_w, int32_t channels,
                                             int32_t stride_h, int32_t stride_w, int32_t pad_h, int32_t pad_w,
                                             int32_t in_zero, int32_t zero,
                                             const persona_depthwise_conv2d_s8_args *tables, const int8_t *x,
                                             const int8_t *weights, int8_t *out, uint32_t *plane)
{
    const persona_scale_s8 scale = {
        .multiplier = tables->scale.multiplier,
        .shift = tables->scale.shift,
        .step = tables->scale.step,
        .shift_min = -22,
        .shift_max = -2,
        .narrow = 1,
        .zero = (int8_t)zero,
        .act_min = INT8_MIN,
        .act_max = INT8_MAX,
    };
    const persona_depthwise_conv2d_s8_args a = {
        .in_h = in_h,
        .in_w = in_w,
        .out_h = out_h,
        .out_w = out_w,
        .kernel_h = 3,
        .kernel_w = 3,
        .stride_h = stride_h,
        .stride_w = stride_w,
        .dilation_h = 1,
        .dilation_w = 1,
        .pad_h = pad_h,
        .pad_w = pad_w,
        .batches = 1,
        .in_c = channels,
        .out_c = channels,
        .depth_multiplier = 1,
        .in_zero = in_zero,
        .band = out_h,
        .plane_w = PERSONA_PLANE_NARROW,
        .bias = tables->bias,
        .scale = scale,
    };
    persona_depthwise_by_planes(&a, x, weights, out, plane);
}

PERSONA_SHARED void persona_depthwise_narrow_1(int32_t in_h, int32_t in_w, int32_t out_h, int32_t out_w,
                                               int32_t channels, int32_t stride_h, int32_t pad_h, int32_t pad_w,
                                               int32_t in_zero, int32_t zero,
                                               const persona_depthwise_conv2d_s8_args *tables, const int8_t *x,
                                               const int8_t *weights, int8_t *out, uint32_t *plane)
{
    persona_depthwise_narrow(in_h, in_w, out_h, out_w, channels, stride_h, 1, pad_h, pad_w, in_zero, zero, tables, x,
                             weights, out, plane);
}

PERSONA_SHARED void persona_depthwise_narrow_2(int32_t in_h, int32_t in_w, int32_t out_h, int32_t out_w,
                                               int32_t channels, int32_t stride_h, int32_t pad_h, int32_t pad_w,
                                               int32_t in_zero, int32_t zero,
                                               const persona_depthwise_conv2d_s8_args *tables, const int8_t *x,
                                               const int8_t *weights, int8_t *out, uint32_t *plane)
{
    persona_depthwise_narrow(in_h, in_w, out_h, out_w, channels, stride_h, 2, pad_h, pad_w, in_zero, zero, tables, x,
                             weights, out, plane);
}

/* One image; wide ones get a copy of the code in which everything is constant. */
PERSONA_INLINE void persona_depthwise_planes_s8(const persona_depthwise_conv2d_s8_args *a, const int8_t *x,
                                                const int8_t *weights, int8_t *out, void *scratch)
{
    if (!persona_plane_shared(a)) {
        persona_depthwise_by_planes(a, x, weights, out, scratch);
    } else if (a->stride_w == 1) {
        persona_depthwise_narrow_1(a->in_h, a->in_w, a->out_h, a->out_w, a->in_c, a->stride_h, a->pad_h, a->pad_w,
                                   a->in_zero, a->scale.zero, a, x, weights, out, scratch);
    } else {
        persona_depthwise_narrow_2(a->in_h, a->in_w, a->out_h, a->out_w, a->in_c, a->stride_h, a->pad_h, a->pad_w,
                                   a->in_zero, a->scale.zero, a, x, weights, out, scratch);
    }
}

#endif
