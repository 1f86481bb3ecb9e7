/* An int8 layer's dot products, several at once, so that a byte that was read serves more than one multiplication: two
 * inputs and two rows of weights need four loads for four products, one input and four rows five. A sum that is the
 * first operand of an ADD goes on into it. Where the quick scaling does not hold, outputs come one by one. */
#ifndef PERSONA_PLAIN_ROWS_S8_H
#define PERSONA_PLAIN_ROWS_S8_H

#include "../add_one_s8.h"
#include "../bias_s8.h"
#include "../patch_s8.h"
#include "scale_s8.h"

typedef struct {
    persona_scale_s8 scale;
    const persona_add_s8_args *add; /* or NULL */
    persona_bias_s8 bias;
    const int8_t *weights;
    int32_t rows, taps, row_bytes; /* `row_bytes` is a multiple of 4; zeros follow the taps */
} persona_rows_s8;

PERSONA_INLINE void persona_rows_s8_store(const persona_rows_s8 *r, int8_t value, const int8_t *other, int8_t *out,
                                          int32_t place)
{
    out[place] = r->add != NULL ? persona_add_s8_one(r->add, value, other[place]) : value;
}

typedef struct {
    int32_t a, b, c, d;
} persona_four_sums;

/* Two inputs, two rows of weights. */
PERSONA_INLINE void persona_add_2x2_s8(persona_four_sums *s, int32_t x0, int32_t x1, int32_t w0, int32_t w1)
{
    s->a += x0 * w0;
    s->b += x1 * w0;
    s->c += x0 * w1;
    s->d += x1 * w1;
}

PERSONA_INLINE void persona_add_1x4_s8(persona_four_sums *s, int32_t x, int32_t w0, int32_t w1, int32_t w2, int32_t w3)
{
    s->a += x * w0;
    s->b += x * w1;
    s->c += x * w2;
    s->d += x * w3;
}

/* x[0, 1] . w[0, 1]: the second input and row of weights follow after `row` bytes, which are a multiple of 4. Not
 * inlined, so that the loop has the registers for itself. */
PERSONA_SHARED void persona_dot_2x2_s8(const int8_t *x0, const int8_t *w0, int32_t row, int32_t *sums)
{
    const int8_t *x1 = x0 + row, *w1 = w0 + row, *const end = x1;
    persona_four_sums s = { 0, 0, 0, 0 };
    if (row & 4) {
        persona_add_2x2_s8(&s, x0[0], x1[0], w0[0], w1[0]);
        persona_add_2x2_s8(&s, x0[1], x1[1], w0[1], w1[1]);
        persona_add_2x2_s8(&s, x0[2], x1[2], w0[2], w1[2]);
        persona_add_2x2_s8(&s, x0[3], x1[3], w0[3], w1[3]);
        x0 += 4, x1 += 4, w0 += 4, w1 += 4;
    }
    for (; x0 != end; x0 += 8, x1 += 8, w0 += 8, w1 += 8) {
        persona_add_2x2_s8(&s, x0[0], x1[0], w0[0], w1[0]);
        persona_add_2x2_s8(&s, x0[1], x1[1], w0[1], w1[1]);
        persona_add_2x2_s8(&s, x0[2], x1[2], w0[2], w1[2]);
        persona_add_2x2_s8(&s, x0[3], x1[3], w0[3], w1[3]);
        persona_add_2x2_s8(&s, x0[4], x1[4], w0[4], w1[4]);
        persona_add_2x2_s8(&s, x0[5], x1[5], w0[5], w1[5]);
        persona_add_2x2_s8(&s, x0[6], x1[6], w0[6], w1[6]);
        persona_add_2x2_s8(&s, x0[7], x1[7], w0[7], w1[7]);
    }
    sums[0] = s.a, sums[1] = s.b, sums[2] = s.c, sums[3] = s.d;
}

/* x . w[0 to 3] */
PERSONA_SHARED void persona_dot_1x4_s8(const int8_t *x, const int8_t *w0, int32_t taps, int32_t row, int32_t *sums)
{
    const int8_t *w1 = w0 + row, *w2 = w1 + row, *w3 = w2 + row;
    const int8_t *const whole = x + taps / 4 * 4, *const end = x + taps;
    persona_four_sums s = { 0, 0, 0, 0 };
    for (; x != whole; x += 4, w0 += 4, w1 += 4, w2 += 4, w3 += 4) {
        persona_add_1x4_s8(&s, x[0], w0[0], w1[0], w2[0], w3[0]);
        persona_add_1x4_s8(&s, x[1], w0[1], w1[1], w2[1], w3[1]);
        persona_add_1x4_s8(&s, x[2], w0[2], w1[2], w2[2], w3[2]);
        persona_add_1x4_s8(&s, x[3], w0[3], w1[3], w2[3], w3[3]);
    }
    while (x != end) {
        persona_add_1x4_s8(&s, *x++, *w0++, *w1++, *w2++, *w3++);
    }
    sums[0] = s.a, sums[1] = s.b, sums[2] = s.c, sums[3] = s.d;
}

/* Scale and store output `c` of an input. */
PERSONA_INLINE void persona_rows_s8_end(const persona_rows_s8 *r, persona_scale_plain channel, int32_t sum,
                                        const int8_t *other, int8_t *out, int32_t c)
{
    persona_rows_s8_store(r, persona_scale_plain_by(&r->scale, channel, sum), other, out, c);
}

/* Outputs `first` and following of the input `x`, one after the other. */
static inline void persona_rows_s8_each(const persona_rows_s8 *r, int32_t first, const int8_t *x, const int8_t *other,
                                        int8_t *out)
{
    const int8_t *w = r->weights + first * r->row_bytes;
    for (int32_t c = first; c < r->rows; c++, w += r->row_bytes) {
        const int32_t sum = persona_bias_s8_at(&r->bias, c) + persona_dot_s8(x, w, r->taps);
        persona_rows_s8_store(r, persona_scale_s8_one(&r->scale, sum, c), other, out, c);
    }
}

/* All outputs of the input `x` of `taps` bytes; `other` is what is added to them, where something is. */
PERSONA_SHARED void persona_rows_s8_one(const persona_rows_s8 *r, const int8_t *x, const int8_t *other, int8_t *out)
{
    const int32_t last = persona_scale_plain_quick(&r->scale) ? r->rows - 4 : -1;
    int32_t c = 0;
    while (c <= last) {
        int32_t sums[4];
        persona_dot_1x4_s8(x, r->weights + c * r->row_bytes, r->taps, r->row_bytes, sums);
        for (int32_t i = 0; i < 4; i++, c++) {
            const persona_scale_plain channel = persona_scale_plain_channel(&r->scale, c);
            persona_rows_s8_end(r, channel, sums[i] + persona_bias_s8_at(&r->bias, c), other, out, c);
        }
    }
    persona_rows_s8_each(r, c, x, other, out);
}

/* All outputs of two inputs, the second of them `row_bytes` behind the first. Behind an input's taps anything may lie.
 */
PERSONA_SHARED void persona_rows_s8_two(const persona_rows_s8 *r, const int8_t *x, const int8_t *other, int8_t *out)
{
    const int32_t rows = r->rows;
    const int8_t *w = r->weights;
    int32_t c = 0;
    for (; c + 2 <= rows; w += 2 * r->row_bytes) {
        int32_t sums[4];
        persona_dot_2x2_s8(x, w, r->row_bytes, sums);
        for (int32_t i = 0; i < 4; i += 2, c++) {
            const persona_scale_plain channel = persona_scale_plain_channel(&r->scale, c);
            const int32_t bias = r->bias.whole[c]; /* only convolutions have two inputs at once */
            persona_rows_s8_end(r, channel, sums[i] + bias, other, out, c);
            persona_rows_s8_end(r, channel, sums[i + 1] + bias, other, out, c + rows);
        }
    }
    persona_rows_s8_each(r, c, x, other, out);
    persona_rows_s8_each(r, c, x + r->row_bytes, other != NULL ? other + rows : NULL, out + rows);
}

#endif
