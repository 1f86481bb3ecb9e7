/* The int8 convolutions with the DSP extension: windows are expanded once, two or three at a time, and each pair of
 * output channels is a dot product with all of them. Odd ones out are computed twice, to the same place: where there is
 * no further channel or window, the last one stands in. All windows of a block are read before its outputs are written,
 * and of one pair of channels every sum before the first: `out` may be `other`, or the input of a 1x1 convolution whose
 * pixels do not grow. Inlined with its constants into each call; what is long and the same everywhere is not. */
#ifndef PERSONA_DSP_CONV2D_BLOCKS_S8_H
#define PERSONA_DSP_CONV2D_BLOCKS_S8_H

#include "add_one_s8.h"
#include "expand_s8.h"
#include "pairs_2_s8.h"
#include "pairs_3_s8.h"
#include "scale_s8.h"

typedef struct {
    const persona_conv2d_s8_args *conv;
    const persona_add_s8_args *add; /* NULL without an ADD behind the convolution */
    const int8_t *weights;
} persona_conv2d_s8_block;

/* The convolution's output at place `at` of a block, and what the ADD makes of it. */
PERSONA_INLINE int8_t persona_conv2d_s8_output(const persona_conv2d_s8_block *b, int8_t value, const int8_t *other,
                                               int32_t at)
{
    return b->add == NULL ? value : persona_add_s8_by(b->add, value, other[at]);
}

/* Outputs of channel `c`; each is computed before the first is written. */
PERSONA_INLINE void persona_conv2d_s8_finish(const persona_conv2d_s8_block *b, const int32_t *acc, int32_t c,
                                             const int8_t *other, int8_t *out, const int32_t *at)
{
    const persona_conv2d_s8_args *a = b->conv;
    const persona_scale_channel channel = persona_scale_s8_channel(&a->scale, c);
    int8_t values[3];
#pragma GCC unroll 3
    for (int32_t j = 0; j < a->columns; j++) {
        const int8_t value = persona_scale_s8_by_256th(&a->scale, channel, acc[j]);
        values[j] = persona_conv2d_s8_output(b, value, other, at[j] + c);
    }
#pragma GCC unroll 3
    for (int32_t j = 0; j < a->columns; j++) {
        out[at[j] + c] = values[j];
    }
}

/* Whether the outputs are what the assembly gives: those of a ReLU, with one multiplier a channel. */
PERSONA_INLINE int persona_conv2d_s8_finished(const persona_conv2d_s8_block *b)
{
    const persona_scale_s8 *s = &b->conv->scale;
    return PERSONA_ROUNDING == 0 && b->add == NULL && s->step == 1 && s->shift_max <= 0 && s->shift_min >= -22 &&
           s->zero == INT8_MIN && s->act_min == INT8_MIN && s->act_max == INT8_MAX;
}

PERSONA_INLINE void persona_conv2d_s8_pairs(persona_pairs *p, const int8_t *weights, int32_t columns)
{
    if (columns == 3) {
        persona_pairs_3_s8(p, weights);
    } else {
        persona_pairs_2_s8(p, weights);
    }
}

/* All channels of a block whose windows' outputs lie at the places `at`. */
PERSONA_INLINE void persona_conv2d_s8_channels(const persona_conv2d_s8_block *b, const int8_t *other, int8_t *out,
                                               const int32_t *at, const uint32_t *patch)
{
    const persona_conv2d_s8_args *a = b->conv;
    const int32_t columns = a->columns, words = a->row_bytes / 4;
    persona_pairs p;
    p.patch = patch;
    p.end = patch + 2 * columns * words;
    p.skip = (-words & 3) * (columns == 3 ? PERSONA_PAIRS_3_STEP : PERSONA_PAIRS_2_STEP);
    p.row_bytes = a->row_bytes;
    int32_t c = 0;
    if (persona_conv2d_s8_finished(b) && a->out_c > 1) {
        p.start = a->bias;
        p.multiplier = a->scale.multiplier;
        p.shift = a->scale.shift;
        p.left = a->out_c / 2;
#pragma GCC unroll 3
        for (int32_t j = 0; j < columns; j++) {
            p.out[j] = out + at[j];
        }
        persona_conv2d_s8_pairs(&p, b->weights, columns);
        c = a->out_c & ~1;
    }
    for (; c < a->out_c; c += 2) {
        const int32_t next = c + 1 < a->out_c;
        const int32_t twice[] = { a->bias[c], a->bias[c] };
        p.start = next ? a->bias + c : twice;
        p.row_bytes = next ? a->row_bytes : 0;
        p.multiplier = NULL;
        persona_conv2d_s8_pairs(&p, b->weights + c * a->row_bytes, columns);
        for (int32_t row = 0; row <= next; row++) {
            persona_conv2d_s8_finish(b, p.acc + row * columns, c + row, other, out, at);
        }
    }
}

/* One window of a layer whose weights are plain bytes, which is rare. */
PERSONA_INLINE void persona_conv2d_s8_unpaired(const persona_conv2d_s8_block *b, const int8_t *x, int32_t y0,
                                               int32_t x0, const int8_t *other, int8_t *out, int8_t *patch)
{
    const persona_conv2d_s8_args *a = b->conv;
    const persona_patch_s8 window = persona_expand_patch(a);
    persona_patch_s8_copy(&window, x, y0, x0, patch);
    for (int32_t c = 0; c < a->out_c; c++) {
        const int32_t acc =
            a->bias[c] + persona_dot_s8(patch, b->weights + c * a->row_bytes, a->kernel_h * a->kernel_w * a->in_c);
        out[c] = persona_conv2d_s8_output(b, persona_scale_s8_one(&a->scale, acc, c), other, c);
    }
}

PERSONA_INLINE void persona_conv2d_s8_blocks(const persona_conv2d_s8_block *b, const int8_t *x, const int8_t *other,
                                             int8_t *out, void *scratch)
{
    const persona_conv2d_s8_args *a = b->conv;
    const int32_t columns = a->paired ? a->columns : 1;
    uint32_t *patch = (uint32_t *)scratch;
    int8_t *bytes = a->paired ? (int8_t *)(patch + 2 * a->columns * (a->row_bytes / 4)) : (int8_t *)scratch;
    for (int32_t n = 0; n < a->batches; n++, x += a->in_h * a->in_w * a->in_c) {
        int32_t y0 = -a->pad_h, x0 = -a->pad_w, left = a->out_h * a->out_w;
        const int32_t x_end = a->out_w * a->stride_w - a->pad_w;
        while (left > 0) {
            int32_t at[3], place = 0;
#pragma GCC unroll 1
            for (int32_t j = 0; j < columns; j++, left--) {
                if (a->paired) {
                    const persona_expanded window = { patch + j, a->columns };
                    persona_expand(a, x, y0, x0, bytes, window);
                } else {
                    persona_conv2d_s8_unpaired(b, x, y0, x0, other, out, bytes);
                }
                at[j] = place;
                if (left > 1) {
                    place += a->out_c;
                    x0 += a->stride_w;
                    if (x0 == x_end) {
                        x0 = -a->pad_w;
                        y0 += a->stride_h;
                    }
                }
            }
            if (a->paired) {
                persona_conv2d_s8_channels(b, other, out, at, patch);
            }
            place += left > 0 ? 0 : a->out_c;
            out += place;
            other += b->add == NULL ? 0 : place;
        }
    }
}

#endif
