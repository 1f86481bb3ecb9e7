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
    int32_t bias[4][4];
    int32_t scale[4][2][4]; /* multipliers, shifts */
    int8_t weights[PERSONA_MVE_MOST_TAPS * PERSONA_MVE_LANES];
} persona_mve_depthwise_tables;

typedef struct {
    int32x4_t lanes[4];
} persona_mve_sums;

#if defined(__ARM_FEATURE_MVE)
/* One tap. */
#define PERSONA_MVE_TAP                                                                                                \
    "vldrb.8 q4, [%[x]], #16\n\t"                                                                                      \
    "vldrb.8 q5, [%[w]], #16\n\t"                                                                                      \
    "vmullb.s8 q6, q4, q5\n\t"                                                                                         \
    "vmullt.s8 q4, q4, q5\n\t"
/* The tap behind it, added to it. */
#define PERSONA_MVE_SECOND_TAP                                                                                         \
    "vldrb.8 q5, [%[x]]\n\t"                                                                                           \
    "vldrb.8 q7, [%[w]], #16\n\t"                                                                                      \
    "vmullb.s8 q5, q5, q7\n\t"                                                                                         \
    "vadd.i16 q6, q6, q5\n\t"                                                                                          \
    "vldrb.8 q5, [%[x]], #16\n\t"                                                                                      \
    "vmullt.s8 q5, q5, q7\n\t"                                                                                         \
    "vadd.i16 q4, q4, q5\n\t"
/* Even channels in q6, odd ones in q4. */
#define PERSONA_MVE_WIDEN                                                                                              \
    "vmovlb.s16 q5, q6\n\t"                                                                                            \
    "vmovlt.s16 q6, q6\n\t"                                                                                            \
    "vadd.i32 %q[a], %q[a], q5\n\t"                                                                                    \
    "vadd.i32 %q[c], %q[c], q6\n\t"                                                                                    \
    "vmovlb.s16 q5, q4\n\t"                                                                                            \
    "vmovlt.s16 q4, q4\n\t"                                                                                            \
    "vadd.i32 %q[b], %q[b], q5\n\t"                                                                                    \
    "vadd.i32 %q[d], %q[d], q4\n\t"
#define PERSONA_MVE_TAPS(code, ...)                                                                                    \
    __asm__(code                                                                                                       \
            : [a] "+w"(acc.lanes[0]), [b] "+w"(acc.lanes[1]), [c] "+w"(acc.lanes[2]), [d] "+w"(acc.lanes[3]),          \
              [x] "+r"(x), [w] "+r"(w)                                                                                 \
            : __VA_ARGS__                                                                                              \
            : "lr", "q4", "q5", "q6", "q7", "memory")
#endif

/* Add to `acc` the products of `taps` taps. With four accumulators there is one vector too few for two taps at once: in
 * assembly, the second input is loaded twice, where GCC would keep an accumulator in memory. */
PERSONA_INLINE persona_mve_sums persona_mve_depthwise_sums(persona_mve_sums acc, const int8_t *w, const int8_t *x,
                                                           int32_t taps)
{
#if defined(__ARM_FEATURE_MVE)
    if (taps == 9) {
        PERSONA_MVE_TAPS(PERSONA_MVE_TAP PERSONA_MVE_WIDEN
                         ".rept 4\n\t" PERSONA_MVE_TAP PERSONA_MVE_SECOND_TAP PERSONA_MVE_WIDEN ".endr\n\t", );
        return acc;
    }
    if (taps % 2 != 0) {
        PERSONA_MVE_TAPS(PERSONA_MVE_TAP PERSONA_MVE_WIDEN, );
    }
    if (taps > 1) {
        PERSONA_MVE_TAPS("dls lr, %[pairs]\n"
                         "1:\n\t" PERSONA_MVE_TAP PERSONA_MVE_SECOND_TAP PERSONA_MVE_WIDEN "le lr, 1b\n",
                         [pairs] "r"((uint32_t)taps / 2));
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
    const int32_t *table = t->scale[0][0];
    PERSONA_UNROLL_4
    for (int32_t j = 0; j < 4; j++) {
        const persona_mve_scale by = { vldrwq_s32(table), vldrwq_s32(table + 4) };
        table += 8;
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
    const persona_mve_sums bias = { { vldrwq_s32(t->bias[0]), vldrwq_s32(t->bias[1]), vldrwq_s32(t->bias[2]),
                                      vldrwq_s32(t->bias[3]) } };
    const persona_mve_sums acc = persona_mve_depthwise_sums(bias, t->weights, x, taps);
#if PERSONA_ROUNDING == 1
    int32_t sums[4][4];
    for (int32_t j = 0; j < 4; j++) {
        vstrwq_s32(sums[j], acc.lanes[j]);
    }
    for (int32_t k = 0; k < count; k++) {
        const int32_t j = k % 4, i = k / 4;
        const int32_t value = persona_requant(sums[j][i], t->scale[j][0][i], t->scale[j][1][i]) + s->zero;
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

/* Whether a vector holds two columns: eight channels lie side by side, so do their outputs. */
PERSONA_INLINE int persona_mve_depthwise_twice(const persona_depthwise_conv2d_s8_args *a)
{
    return 2 * a->out_c == PERSONA_MVE_LANES && a->stride_w == 1;
}

/* Tables of `count` channels from `c` on; lanes beyond them get zeros, or the same again. */
PERSONA_INLINE void persona_mve_depthwise_load(const persona_depthwise_conv2d_s8_args *a, const int8_t *weights,
                                               int32_t c, int32_t count, persona_mve_depthwise_tables *t)
{
    const int twice = persona_mve_depthwise_twice(a);
    const mve_pred16_t p = vctp8q((uint32_t)count);
    int8_t *to = t->weights; /* column by column, as the strip */
    for (int32_t kx = 0; kx < a->kernel_w; kx++) {
        const int8_t *from = weights + kx * a->out_c + c;
        for (int32_t ky = 0; ky < a->kernel_h; ky++, from += a->kernel_w * a->out_c, to += PERSONA_MVE_LANES) {
            const int8x16_t w = count == PERSONA_MVE_LANES ? vldrbq_s8(from) : vldrbq_z_s8(from, p);
            vstrbq_s8(to, w);
            if (twice) {
                vstrbq_p_s8(to + PERSONA_MVE_LANES / 2, w, p);
            }
        }
    }
    const uint32x4_t every_fourth = viwdupq_n_u32(0, twice ? 8 : 16, 4);
    const persona_scale_s8 *s = &a->scale;
    for (int32_t j = 0; j < 4; j++) {
        const mve_pred16_t lanes = vctp32q(twice ? 4u : (uint32_t)(count + 3 - j) / 4);
        const int32_t first = c + (j < count ? j : 0);
        int32x4_t multiplier = vdupq_n_s32(s->multiplier[0]), shift = vdupq_n_s32(s->shift[0]);
        if (s->step != 0) {
            multiplier = vldrwq_gather_shifted_offset_z_s32(s->multiplier + first, every_fourth, lanes);
            shift = vldrbq_gather_offset_z_s32(s->shift + first, every_fourth, lanes);
        }
        vstrwq_s32(t->bias[j], vldrwq_gather_shifted_offset_z_s32(a->bias + first, every_fourth, lanes));
        vstrwq_s32(t->scale[j][0], multiplier);
        vstrwq_s32(t->scale[j][1], shift);
    }
}

/* The cells of `columns` columns under one row of taps: `count` channels from `from` on, the first `begin` columns and
 * those from `end` on outside the image. From the first `safe` columns on, 16 bytes are within the row; what lanes
 * without a channel get there meets weights of 0, or is the next column. */
PERSONA_INLINE void persona_mve_depthwise_cells(const persona_depthwise_conv2d_s8_args *a, const int8_t *from,
                                                int32_t begin, int32_t safe, int32_t end, int32_t columns,
                                                int32_t count, int8_t *to)
{
    const mve_pred16_t p = vctp8q((uint32_t)count);
    const int32_t step = a->kernel_h * PERSONA_MVE_LANES;
    const int8x16_t zero = vdupq_n_s8((int8_t)a->in_zero);
    int32_t k = 0;
    for (; k < begin; k++, to += step) {
        vstrbq_s8(to, zero);
    }
    if (persona_mve_depthwise_twice(a) && begin > 0 && end >= begin) {
        vstrbq_p_s8(to - step + PERSONA_MVE_LANES / 2, vldrbq_z_s8(from, p), p);
    }
    for (; k < safe; k++, to += step, from += a->in_c) {
        vstrbq_s8(to, vldrbq_s8(from));
    }
    for (; k < end; k++, to += step, from += a->in_c) {
        /* not two stores: GCC 12 takes one under a predicate for a whole one, and drops what it seems to overwrite */
        vstrbq_s8(to, vpselq_s8(vldrbq_z_s8(from, p), zero, p));
    }
    for (; k < columns; k++, to += step) {
        vstrbq_s8(to, zero);
    }
}

/* Fill the strip with `columns` columns of `count` channels, the first at column `x0`. */
PERSONA_INLINE void persona_mve_depthwise_strip(const persona_depthwise_conv2d_s8_args *a, const int8_t *const *rows,
                                                int32_t x0, int32_t columns, int32_t c, int32_t count, int8_t *strip)
{
    const int32_t rest = a->in_w - x0, end = rest < 0 ? 0 : rest < columns ? rest : columns;
    const int32_t begin = x0 >= 0 ? 0 : -x0 < columns ? -x0 : columns;
    const int32_t whole = rest + 1 - (c + PERSONA_MVE_LANES + a->in_c - 1) / a->in_c;
    const int32_t safe = count == PERSONA_MVE_LANES || whole > end ? end : whole;
    for (int32_t ky = 0; ky < a->kernel_h; ky++, strip += PERSONA_MVE_LANES) {
        if (rows[ky] == NULL) {
            persona_mve_depthwise_cells(a, NULL, columns, 0, 0, columns, count, strip);
        } else {
            const int8_t *from = rows[ky] + (x0 + begin) * a->in_c + c;
            persona_mve_depthwise_cells(a, from, begin, safe, end, columns, count, strip);
        }
    }
}

/* A piece of an output row, its strip and tables made. */
typedef struct {
    const int8_t *strip;
    int8_t *out;
    int32_t windows, step, taps, count, out_step; /* steps: bytes from one window to the next */
} persona_mve_depthwise_piece;

PERSONA_INLINE void persona_mve_depthwise_windows(const persona_scale_s8 *s, const persona_mve_depthwise_tables *t,
                                                  const persona_mve_depthwise_piece *piece)
{
    const int8_t *strip = piece->strip;
    int8_t *out = piece->out;
    for (int32_t k = piece->windows; k > 0; k--, strip += piece->step, out += piece->out_step) {
        persona_mve_depthwise_window(s, t, strip, piece->taps, piece->count, out);
    }
}

/* The usual case: every shift goes to the right, and the clamp is that of int8 with the zero point at its end. */
static __attribute__((noinline)) void persona_mve_depthwise_usual(const persona_mve_depthwise_tables *t,
                                                                  const persona_mve_depthwise_piece *piece)
{
    const persona_scale_s8 usual = {
        .step = 1,
        .shift_min = -31,
        .shift_max = -1,
        .narrow = 1,
        .zero = INT8_MIN,
        .act_min = INT8_MIN,
        .act_max = INT8_MAX,
    };
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

PERSONA_INLINE void persona_mve_depthwise_piece_run(const persona_scale_s8 *s, const persona_mve_depthwise_tables *t,
                                                    const persona_mve_depthwise_piece *piece)
{
    if (s->shift_max < 0 && s->zero == INT8_MIN && s->act_min == INT8_MIN && s->act_max == INT8_MAX) {
        persona_mve_depthwise_usual(t, piece);
    } else {
        persona_mve_depthwise_any(s, t, piece);
    }
}

/* One output row: `rows[k]` is the input row under tap k, NULL outside the image. */
PERSONA_INLINE void persona_mve_depthwise_row(const persona_depthwise_conv2d_s8_args *a, const int8_t *const *rows,
                                              const int8_t *weights, int8_t *out)
{
    const int32_t at_once = persona_mve_depthwise_twice(a) ? 2 : 1, cells = a->kernel_h * PERSONA_MVE_LANES;
    const int32_t most =
        (PERSONA_MVE_STRIP_CELLS / a->kernel_h - a->kernel_w) / a->stride_w + 1; /* windows of a strip */
    persona_mve_depthwise_tables tables;
    int8_t strip[PERSONA_MVE_STRIP_CELLS * PERSONA_MVE_LANES];
    for (int32_t c = 0; c < a->out_c; c += PERSONA_MVE_LANES) {
        const int32_t count = a->out_c - c < PERSONA_MVE_LANES ? a->out_c - c : PERSONA_MVE_LANES;
        persona_mve_depthwise_load(a, weights, c, count, &tables);
        for (int32_t ox = 0; ox < a->out_w; ox += most) {
            const int32_t windows = a->out_w - ox < most ? a->out_w - ox : most;
            persona_mve_depthwise_strip(a, rows, ox * a->stride_w - a->pad_w, (windows - 1) * a->stride_w + a->kernel_w,
                                        c, count, strip);
            persona_mve_depthwise_piece piece = { strip,
                                                  out + ox * a->out_c + c,
                                                  windows / at_once,
                                                  a->stride_w * at_once * cells,
                                                  a->kernel_h * a->kernel_w,
                                                  count * at_once,
                                                  a->out_c * at_once };
            persona_mve_depthwise_piece_run(&a->scale, &tables, &piece);
            if (windows % at_once != 0) { /* the last column alone */
                piece.strip += (windows - 1) * cells;
                piece.out += (windows - 1) * a->out_c;
                piece.windows = 1;
                piece.count = count;
                persona_mve_depthwise_piece_run(&a->scale, &tables, &piece);
            }
        }
    }
}

#endif
