/* What the depthwise kernels for Helium share: one output row, 16 channels at a time. The channels' part of the input
 * rows is laid out as a strip, [column][tap row][16], with the zero point around the image: a window is then contiguous
 * however it lies, and so are its weights. VMULLB and VMULLT give 16 products of 16 bits; two of them still fit into 16
 * bits (the generator says so: weights of -128 do not), which halves the work of widening. In the 32-bit accumulators,
 * vector j lane i is channel 4 * i + j of the 16, and so is every table. */
#ifndef PERSONA_MVE_DEPTHWISE_ROW_S8_H
#define PERSONA_MVE_DEPTHWISE_ROW_S8_H

#include <stddef.h>

#include "../depthwise_conv2d_s8_args.h"
#include "scale_s8.h"

#define PERSONA_MVE_LANES 16
#define PERSONA_MVE_MOST_TAPS 25   /* larger windows go the plain way */
#define PERSONA_MVE_STRIP_CELLS 42 /* of 16 channels: 12 windows of 3x3 side by side */

/* What 16 channels need for a row. */
typedef struct {
    int32_t bias[PERSONA_MVE_LANES], multiplier[PERSONA_MVE_LANES], shift[PERSONA_MVE_LANES];
    int8_t weights[PERSONA_MVE_MOST_TAPS * PERSONA_MVE_LANES];
} persona_mve_depthwise_tables;

typedef struct {
    int32x4_t lanes[4];
} persona_mve_sums;

/* Sums of `taps` products of 16 channels, from the bias on. With four accumulators there is one vector too few for two
 * taps at once: in assembly, the second input is loaded twice, where GCC would keep an accumulator in memory. */
PERSONA_INLINE persona_mve_sums persona_mve_depthwise_sums(const persona_mve_depthwise_tables *t, const int8_t *x,
                                                           int32_t taps)
{
    persona_mve_sums acc = { { vldrwq_s32(t->bias), vldrwq_s32(t->bias + 4), vldrwq_s32(t->bias + 8),
                               vldrwq_s32(t->bias + 12) } };
    const int8_t *w = t->weights;
#if defined(__ARM_FEATURE_MVE)
    if (taps % 2 != 0) {
        __asm__("vldrb.8 q4, [%[x]], #16\n\t"
                "vldrb.8 q5, [%[w]], #16\n\t"
                "vmullb.s8 q6, q4, q5\n\t"
                "vmullt.s8 q4, q4, q5\n\t"
                "vmovlb.s16 q5, q6\n\t"
                "vmovlt.s16 q6, q6\n\t"
                "vadd.i32 %q[a], %q[a], q5\n\t"
                "vadd.i32 %q[c], %q[c], q6\n\t"
                "vmovlb.s16 q5, q4\n\t"
                "vmovlt.s16 q4, q4\n\t"
                "vadd.i32 %q[b], %q[b], q5\n\t"
                "vadd.i32 %q[d], %q[d], q4\n\t"
                : [a] "+w"(acc.lanes[0]), [b] "+w"(acc.lanes[1]), [c] "+w"(acc.lanes[2]), [d] "+w"(acc.lanes[3]),
                  [x] "+r"(x), [w] "+r"(w)
                :
                : "q4", "q5", "q6", "memory");
    }
    if (taps > 1) {
        __asm__("dls lr, %[pairs]\n"
                "1:\n\t"
                "vldrb.8 q4, [%[x]], #16\n\t"
                "vldrb.8 q5, [%[w]], #16\n\t"
                "vmullb.s8 q6, q4, q5\n\t"
                "vmullt.s8 q4, q4, q5\n\t"
                "vldrb.8 q5, [%[x]]\n\t"
                "vldrb.8 q7, [%[w]], #16\n\t"
                "vmullb.s8 q5, q5, q7\n\t"
                "vadd.i16 q6, q6, q5\n\t"
                "vldrb.8 q5, [%[x]], #16\n\t"
                "vmullt.s8 q5, q5, q7\n\t"
                "vadd.i16 q4, q4, q5\n\t"
                "vmovlb.s16 q5, q6\n\t"
                "vmovlt.s16 q6, q6\n\t"
                "vadd.i32 %q[a], %q[a], q5\n\t"
                "vadd.i32 %q[c], %q[c], q6\n\t"
                "vmovlb.s16 q5, q4\n\t"
                "vmovlt.s16 q4, q4\n\t"
                "vadd.i32 %q[b], %q[b], q5\n\t"
                "vadd.i32 %q[d], %q[d], q4\n\t"
                "le lr, 1b\n"
                : [a] "+w"(acc.lanes[0]), [b] "+w"(acc.lanes[1]), [c] "+w"(acc.lanes[2]), [d] "+w"(acc.lanes[3]),
                  [x] "+r"(x), [w] "+r"(w)
                : [pairs] "r"((uint32_t)taps / 2)
                : "lr", "q4", "q5", "q6", "q7", "memory");
    }
#else
    for (int32_t k = 0; k < taps * PERSONA_MVE_LANES; k++) {
        const int32_t c = k % PERSONA_MVE_LANES;
        acc.lanes[c % 4].lane[c / 4] += x[k] * w[k];
    }
#endif
    return acc;
}

/* Scale 16 channels and put them in order. */
PERSONA_INLINE int8x16_t persona_mve_depthwise_scale(const persona_scale_s8 *s, const persona_mve_depthwise_tables *t,
                                                     persona_mve_sums acc)
{
    PERSONA_UNROLL_4
    for (int32_t j = 0; j < 4; j++) {
        const persona_mve_scale by = { vldrwq_s32(t->multiplier + 4 * j), vldrwq_s32(t->shift + 4 * j) };
        acc.lanes[j] = persona_mve_requant(s, acc.lanes[j], by);
    }
    /* what is merged into does not matter: every lane is written */
    int16x8_t even = vqmovnbq_s32(vreinterpretq_s16_s32(acc.lanes[0]), acc.lanes[0]);
    int16x8_t odd = vqmovnbq_s32(vreinterpretq_s16_s32(acc.lanes[1]), acc.lanes[1]);
    even = vqaddq_n_s16(vqmovntq_s32(even, acc.lanes[2]), (int16_t)s->zero);
    odd = vqaddq_n_s16(vqmovntq_s32(odd, acc.lanes[3]), (int16_t)s->zero);
    int8x16_t value = vqmovntq_s16(vqmovnbq_s16(vreinterpretq_s8_s16(even), even), odd);
    if (s->act_min > INT8_MIN) {
        value = vmaxq_s8(value, vdupq_n_s8((int8_t)s->act_min));
    }
    if (s->act_max < INT8_MAX) {
        value = vminq_s8(value, vdupq_n_s8((int8_t)s->act_max));
    }
    return value;
}

/* One window's outputs, the first `count` of 16. */
PERSONA_INLINE void persona_mve_depthwise_window(const persona_scale_s8 *s, const persona_mve_depthwise_tables *t,
                                                 const int8_t *x, int32_t taps, int32_t count, int8_t *out)
{
    const persona_mve_sums acc = persona_mve_depthwise_sums(t, x, taps);
#if PERSONA_ROUNDING == 1
    int32_t sums[4][4];
    for (int32_t j = 0; j < 4; j++) {
        vstrwq_s32(sums[j], acc.lanes[j]);
    }
    for (int32_t k = 0; k < count; k++) {
        const int32_t at = k % 4 * 4 + k / 4;
        const int32_t value = persona_requant(sums[k % 4][k / 4], t->multiplier[at], t->shift[at]) + s->zero;
        out[k] = (int8_t)persona_clamp(value, s->act_min, s->act_max);
    }
#else
    const int8x16_t value = persona_mve_depthwise_scale(s, t, acc);
    if (count >= PERSONA_MVE_LANES) {
        vstrbq_s8(out, value);
    } else {
        vstrbq_p_s8(out, value, vctp8q((uint32_t)count));
    }
#endif
}

/* Tables of `count` channels from `c` on; lanes beyond them get zeros. */
PERSONA_INLINE void persona_mve_depthwise_load(const persona_depthwise_conv2d_s8_args *a, const int8_t *weights,
                                               int32_t c, int32_t count, persona_mve_depthwise_tables *t)
{
    const mve_pred16_t p = vctp8q((uint32_t)count);
    int8_t *to = t->weights; /* column by column, as the strip */
    for (int32_t kx = 0; kx < a->kernel_w; kx++) {
        const int8_t *from = weights + kx * a->out_c + c;
        for (int32_t ky = 0; ky < a->kernel_h; ky++, from += a->kernel_w * a->out_c, to += PERSONA_MVE_LANES) {
            vstrbq_s8(to, vldrbq_z_s8(from, p));
        }
    }
    const uint32x4_t every_fourth = vidupq_n_u32(0, 4);
    const persona_scale_s8 *s = &a->scale;
    for (int32_t j = 0; j < 4; j++) {
        const mve_pred16_t lanes = vctp32q((uint32_t)(count + 3 - j) / 4);
        int32x4_t multiplier = vdupq_n_s32(s->multiplier[0]), shift = vdupq_n_s32(s->shift[0]);
        if (s->step != 0) {
            const int32_t first = c + (j < count ? j : 0);
            multiplier = vldrwq_gather_shifted_offset_z_s32(s->multiplier + first, every_fourth, lanes);
            shift = vldrbq_gather_offset_z_s32(s->shift + first, every_fourth, lanes);
        }
        vstrwq_s32(t->bias + 4 * j,
                   vldrwq_gather_shifted_offset_z_s32(a->bias + c + (j < count ? j : 0), every_fourth, lanes));
        vstrwq_s32(t->multiplier + 4 * j, multiplier);
        vstrwq_s32(t->shift + 4 * j, shift);
    }
}

/* Fill the strip with `columns` columns of `count` channels, the first at column `x0`. */
PERSONA_INLINE void persona_mve_depthwise_strip(const persona_depthwise_conv2d_s8_args *a, const int8_t *const *rows,
                                                int32_t x0, int32_t columns, int32_t c, int32_t count, int8_t *strip)
{
    const mve_pred16_t p = vctp8q((uint32_t)count);
    const int32_t step = a->kernel_h * PERSONA_MVE_LANES;
    const int8x16_t zero = vdupq_n_s8((int8_t)a->in_zero);
    const int32_t rest = a->in_w - x0, end = rest < 0 ? 0 : rest < columns ? rest : columns;
    const int32_t begin = x0 >= 0 ? 0 : -x0 < columns ? -x0 : columns;
    for (int32_t ky = 0; ky < a->kernel_h; ky++) {
        int8_t *to = strip + ky * PERSONA_MVE_LANES;
        if (rows[ky] == NULL) {
            for (int32_t k = 0; k < columns; k++, to += step) {
                vstrbq_s8(to, zero);
            }
            continue;
        }
        const int8_t *from = rows[ky] + (x0 + begin) * a->in_c + c;
        int32_t k = 0;
        for (; k < begin; k++, to += step) {
            vstrbq_s8(to, zero);
        }
        /* 16 bytes from here are within the row in all columns but the last; lanes without a channel meet weights of 0
         */
        const int32_t whole = ((a->in_w - x0) * a->in_c - c - PERSONA_MVE_LANES + a->in_c) / a->in_c;
        const int32_t safe = count == PERSONA_MVE_LANES || whole > end ? end : whole;
        for (; k < safe; k++, to += step, from += a->in_c) {
            vstrbq_s8(to, vldrbq_s8(from));
        }
        for (; k < end; k++, to += step, from += a->in_c) {
            vstrbq_s8(to, vldrbq_z_s8(from, p));
        }
        for (; k < columns; k++, to += step) {
            vstrbq_s8(to, zero);
        }
    }
}

/* A piece of an output row, its strip and tables made. */
typedef struct {
    const int8_t *strip;
    int8_t *out;
    int32_t columns, step, taps, count, out_c; /* `step`: bytes of the strip from one window to the next */
} persona_mve_depthwise_piece;

PERSONA_INLINE void persona_mve_depthwise_windows(const persona_scale_s8 *s, const persona_mve_depthwise_tables *t,
                                                  const persona_mve_depthwise_piece *piece)
{
    const int8_t *strip = piece->strip;
    int8_t *out = piece->out;
    for (int32_t k = piece->columns; k > 0; k--, strip += piece->step, out += piece->out_c) {
        persona_mve_depthwise_window(s, t, strip, piece->taps, piece->count, out);
    }
}

/* The usual case: every shift goes to the right, and the clamp is that of int8 with the zero point at its end. */
static __attribute__((noinline)) void persona_mve_depthwise_usual(const persona_mve_depthwise_tables *t,
                                                                  const persona_mve_depthwise_piece *piece)
{
    const persona_scale_s8 usual = { NULL, NULL, 1, -31, -1, 1, INT8_MIN, INT8_MIN, INT8_MAX };
    persona_mve_depthwise_windows(&usual, t, piece);
}

static __attribute__((noinline)) void persona_mve_depthwise_any(const persona_scale_s8 *s,
                                                                const persona_mve_depthwise_tables *t,
                                                                const persona_mve_depthwise_piece *piece)
{
    persona_mve_depthwise_windows(s, t, piece);
}

/* Whether these kernels know the operator: no gaps between taps, one output channel for an input channel. */
PERSONA_INLINE int persona_mve_depthwise_known(const persona_depthwise_conv2d_s8_args *a)
{
    return a->pair_sums != 0 && a->depth_multiplier == 1 && a->dilation_h == 1 && a->dilation_w == 1 &&
           a->kernel_h * a->kernel_w <= PERSONA_MVE_MOST_TAPS;
}

/* One output row: `rows[k]` is the input row under tap k, NULL outside the image. */
PERSONA_INLINE void persona_mve_depthwise_row(const persona_depthwise_conv2d_s8_args *a, const int8_t *const *rows,
                                              const int8_t *weights, int8_t *out)
{
    const persona_scale_s8 *s = &a->scale;
    const int32_t taps = a->kernel_h * a->kernel_w, room = PERSONA_MVE_STRIP_CELLS / a->kernel_h - a->kernel_w;
    const int32_t most = room / a->stride_w + 1; /* windows of a strip */
    persona_mve_depthwise_tables tables;
    int8_t strip[PERSONA_MVE_STRIP_CELLS * PERSONA_MVE_LANES];
    for (int32_t c = 0; c < a->out_c; c += PERSONA_MVE_LANES) {
        const int32_t count = a->out_c - c < PERSONA_MVE_LANES ? a->out_c - c : PERSONA_MVE_LANES;
        persona_mve_depthwise_load(a, weights, c, count, &tables);
        for (int32_t ox = 0; ox < a->out_w; ox += most) {
            const int32_t columns = a->out_w - ox < most ? a->out_w - ox : most;
            persona_mve_depthwise_strip(a, rows, ox * a->stride_w - a->pad_w, (columns - 1) * a->stride_w + a->kernel_w,
                                        c, count, strip);
            const persona_mve_depthwise_piece piece = { strip,   out + ox * a->out_c + c,
                                                        columns, a->stride_w * a->kernel_h * PERSONA_MVE_LANES,
                                                        taps,    count,
                                                        a->out_c };
            if (s->shift_max < 0 && s->zero == INT8_MIN && s->act_min == INT8_MIN && s->act_max == INT8_MAX) {
                persona_mve_depthwise_usual(&tables, &piece);
            } else {
                persona_mve_depthwise_any(s, &tables, &piece);
            }
        }
    }
}

#endif
