/* The operator of ../fully_connected_s8.h with the DSP extension: three units at once, so that the input's taps are
 * expanded (../packing.h) on the way, without memory for them. Where there are no three units left, the last one stands
 * in. */
#ifndef PERSONA_DSP_FULLY_CONNECTED_S8_H
#define PERSONA_DSP_FULLY_CONNECTED_S8_H

#include "../fully_connected_s8_args.h"
#include "../patch_s8.h"
#include "dot_3x1_s8.h"
#include "scale_s8.h"

/* Taps of a row from `begin` on, word for word: the last ones, or all of a row that does not begin at a word. */
PERSONA_INLINE void persona_fully_connected_s8_rest(const int8_t *x, const int8_t *const *rows, int32_t begin,
                                                    int32_t depth, int32_t *acc)
{
    for (int32_t k = begin; k < depth; k += 4) {
        uint32_t word = 0;
        if (k + 4 <= depth) {
            word = persona_load_word(x + k);
        } else {
            memcpy(&word, x + k, (size_t)(depth & 3));
        }
        const uint32_t first = persona_taps_first(word), second = persona_taps_second(word);
#pragma GCC unroll 3
        for (int32_t j = 0; j < 3; j++) {
            acc[j] = persona_dot_word(persona_load_word(rows[j] + k), first, second, acc[j]);
        }
    }
}

PERSONA_INLINE void persona_fully_connected_s8_row(const persona_fully_connected_s8_args *a, const int8_t *x,
                                                   const int8_t *weights, int8_t *out)
{
    const int32_t steps = ((uintptr_t)x & 3u) == 0 ? a->depth / 8 : 0;
    persona_dots d;
    d.end = x + 8 * steps;
    d.skip = (steps & 1) * PERSONA_DOT_3X1_STEP;
    for (int32_t u = 0; u < a->units; u += 3) {
        const int32_t more[] = { 0, u + 1 < a->units, (u + 1 < a->units) + (u + 2 < a->units) };
        const int8_t *row = weights + u * a->row_bytes;
        const int8_t *const rows[] = { row, row + more[1] * a->row_bytes, row + more[2] * a->row_bytes };
        for (int32_t j = 0; j < 3; j++) {
            d.acc[j] = a->bias[u + more[j]];
        }
        d.last = rows[2];
        if (steps > 0) {
            persona_dot_3x1_s8(x, rows[0], rows[1], &d);
        }
        persona_fully_connected_s8_rest(x, rows, 8 * steps, a->depth, d.acc);
        for (int32_t j = 0; j < 3; j++) {
            const persona_scale_channel channel = persona_scale_s8_channel(&a->scale, u + more[j]);
            out[u + more[j]] = persona_scale_s8_by_256th(&a->scale, channel, d.acc[j]);
        }
    }
}

PERSONA_INLINE void persona_fully_connected_s8(const persona_fully_connected_s8_args *a, const int8_t *x,
                                               const int8_t *weights, int8_t *out)
{
    for (int32_t r = 0; r < a->rows; r++, x += a->depth, out += a->units) {
        if (a->paired) {
            persona_fully_connected_s8_row(a, x, weights, out);
            continue;
        }
        for (int32_t u = 0; u < a->units; u++) { /* plain bytes, which is rare */
            const int32_t acc = a->bias[u] + persona_dot_s8(x, weights + u * a->row_bytes, a->depth);
            out[u] = persona_scale_s8_one(&a->scale, acc, u);
        }
    }
}

#endif
