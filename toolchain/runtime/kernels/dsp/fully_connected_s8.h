/* The operator of ../fully_connected_s8.h with the DSP extension: three units at once, so that the input's taps are
 * expanded (../packing.h) on the way, without memory for them. The last three may overlap others, and where a layer has
 * fewer, the last one stands in. */
#ifndef PERSONA_DSP_FULLY_CONNECTED_S8_H
#define PERSONA_DSP_FULLY_CONNECTED_S8_H

#include "../fully_connected_s8_args.h"
#include "../patch_s8.h"
#include "dot_3x1_s8.h"
#include "scale_s8.h"

/* Taps of a row from `begin` on, word for word: the last ones, or all of a row that does not begin at a word. */
static __attribute__((noinline)) void persona_fully_connected_s8_rest(const int8_t *x, const int8_t *first,
                                                                      const int8_t *second, int32_t begin,
                                                                      int32_t depth, persona_dots *d)
{
    const int8_t *const rows[] = { first, second, d->last };
    for (int32_t k = begin; k < depth; k += 4) {
        uint32_t word = 0;
        if (k + 4 <= depth) {
            word = persona_load_word(x + k);
        } else {
            memcpy(&word, x + k, (size_t)(depth & 3));
        }
        const uint32_t low = persona_taps_first(word), high = persona_taps_second(word);
#pragma GCC unroll 3
        for (int32_t j = 0; j < 3; j++) {
            d->acc[j] = persona_dot_word(persona_load_word(rows[j] + k), low, high, d->acc[j]);
        }
    }
}

/* What all units share, read once: outputs are bytes, and for all the compiler knows they lie in the arguments. */
typedef struct {
    persona_scale_s8 scale;
    persona_bias_s8 bias;
    int32_t multiplier, shift, offset, odd;
} persona_fully_connected_s8_facts;

/* Where the second and the third of three units lie after the first. */
typedef struct {
    int32_t second, third;
} persona_fully_connected_s8_places;

static __attribute__((noinline)) void persona_fully_connected_s8_long(const persona_scale_s8 *s, const int32_t *acc,
                                                                      int32_t u, persona_fully_connected_s8_places at,
                                                                      int8_t *out)
{
    out[0] = persona_scale_s8_one(s, acc[0] >> 8, u);
    out[at.second] = persona_scale_s8_one(s, acc[1] >> 8, u + at.second);
    out[at.third] = persona_scale_s8_one(s, acc[2] >> 8, u + at.third);
}

PERSONA_INLINE int8_t persona_fully_connected_s8_simple(const persona_fully_connected_s8_facts *f, int32_t acc)
{
    const int32_t offset = f->offset + ((acc >> 31) & f->odd);
    const int32_t value = persona_smmlar(2 * (acc >> 8), f->multiplier, offset) >> f->shift;
    return (int8_t)persona_clamp(value, f->scale.act_min, f->scale.act_max);
}

PERSONA_INLINE void persona_fully_connected_s8_row(const persona_fully_connected_s8_args *a,
                                                   const persona_fully_connected_s8_facts *f, const int8_t *x,
                                                   const int8_t *weights, int8_t *out)
{
    const int32_t depth = a->depth, last = a->units > 3 ? a->units - 3 : 0, row_bytes = a->row_bytes;
    const int32_t steps = ((uintptr_t)x & 3u) == 0 ? depth / 8 : 0;
    const persona_fully_connected_s8_places at = { a->units > 1, a->units > 2 ? 2 : a->units > 1 };
    persona_dots d;
    d.end = x + 8 * steps;
    d.skip = (steps & 1) * PERSONA_DOT_3X1_STEP;
    for (int32_t u = 0;; u = u + 3 < last ? u + 3 : last) {
        const int8_t *first = weights + u * row_bytes, *second = first + at.second * row_bytes;
        d.last = first + at.third * row_bytes;
        d.acc[0] = persona_bias_s8_at(&f->bias, u) * 256;
        d.acc[1] = persona_bias_s8_at(&f->bias, u + at.second) * 256;
        d.acc[2] = persona_bias_s8_at(&f->bias, u + at.third) * 256;
        if (steps > 0) {
            persona_dot_3x1_s8(x, first, second, &d);
        }
        if (8 * steps < depth) {
            persona_fully_connected_s8_rest(x, first, second, 8 * steps, depth, &d);
        }
        if (PERSONA_ROUNDING == 0 && persona_layers_quick(a)) {
            out[u] = persona_fully_connected_s8_simple(f, d.acc[0]);
            out[u + at.second] = persona_fully_connected_s8_simple(f, d.acc[1]);
            out[u + at.third] = persona_fully_connected_s8_simple(f, d.acc[2]);
        } else {
            persona_fully_connected_s8_long(&f->scale, d.acc, u, at, out + u);
        }
        if (u == last) {
            break;
        }
    }
}

/* Layers share this function, as what counts does not depend on their constants. */
static void persona_fully_connected_s8(const persona_fully_connected_s8_args *a, const int8_t *x, const int8_t *weights,
                                       int8_t *out)
{
    persona_fully_connected_s8_facts f = { a->scale, a->bias, a->scale.multiplier[0], -a->scale.shift[0], 0, 0 };
    if (PERSONA_ROUNDING == 0 && persona_layers_quick(a)) { /* as persona_scale_s8_by computes it */
        f.offset = (int32_t)((uint32_t)(2 * a->scale.zero + 1) << f.shift) >> 1;
        f.odd = f.shift > 0 && a->scale.act_min != a->scale.zero ? -1 : 0;
    }
    for (int32_t r = 0; r < a->rows; r++, x += a->depth, out += a->units) {
        if (persona_layers_paired(a)) {
            persona_fully_connected_s8_row(a, &f, x, weights, out);
            continue;
        }
        for (int32_t u = 0; u < a->units; u++) { /* plain bytes, which is rare */
            const int32_t dot = persona_dot_s8(x, weights + u * a->row_bytes, a->depth);
            out[u] = persona_scale_s8_one(&a->scale, persona_bias_s8_at(&a->bias, u) + dot, u);
        }
    }
}

#endif
