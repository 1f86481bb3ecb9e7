/* The operator of ../fully_connected_s8.h for Helium: four units at a time, so that a vector of the input is loaded
 * once for four products of 16 taps, in a tail-predicated loop. Their sums are scaled as one vector. */
#ifndef PERSONA_MVE_FULLY_CONNECTED_S8_H
#define PERSONA_MVE_FULLY_CONNECTED_S8_H

#include "../fully_connected_s8_args.h"
#include "scale_s8.h"

/* Add to `acc` the dot products of `x` with four rows, `row_bytes` apart; the last `3 - more` are not read but stand
 * for row `more`. */
static __attribute__((noinline)) void persona_mve_dot_four(const int8_t *x, const int8_t *row, int32_t depth,
                                                           int32_t row_bytes, int32_t more, int32_t *acc)
{
    const int8_t *second = row + (more > 0 ? row_bytes : 0);
    const int8_t *third = second + (more > 1 ? row_bytes : 0);
    const int8_t *fourth = third + (more > 2 ? row_bytes : 0);
    int32_t a = acc[0], b = acc[1], c = acc[2], d = acc[3];
#if defined(__ARM_FEATURE_MVE)
    __asm__ volatile("dlstp.8 lr, %[depth]\n"
                     "1:\n\t"
                     "vldrb.8 q0, [%[x]], #16\n\t"
                     "vldrb.8 q1, [%[row]], #16\n\t"
                     "vmladava.s8 %[a], q0, q1\n\t"
                     "vldrb.8 q2, [%[second]], #16\n\t"
                     "vmladava.s8 %[b], q0, q2\n\t"
                     "vldrb.8 q1, [%[third]], #16\n\t"
                     "vmladava.s8 %[c], q0, q1\n\t"
                     "vldrb.8 q2, [%[fourth]], #16\n\t"
                     "vmladava.s8 %[d], q0, q2\n\t"
                     "letp lr, 1b\n"
                     : [a] "+Te"(a), [b] "+Te"(b), [c] "+Te"(c), [d] "+Te"(d), [x] "+r"(x), [row] "+r"(row),
                       [second] "+r"(second), [third] "+r"(third), [fourth] "+r"(fourth)
                     : [depth] "r"(depth)
                     : "lr", "q0", "q1", "q2", "memory");
#else
    for (int32_t k = 0; k < depth; k++) {
        a += x[k] * row[k];
        b += x[k] * second[k];
        c += x[k] * third[k];
        d += x[k] * fourth[k];
    }
#endif
    acc[0] = a;
    acc[1] = b;
    acc[2] = c;
    acc[3] = d;
}

/* Biases of `count` units. */
PERSONA_INLINE int32x4_t persona_mve_biases(const persona_bias_s8 *b, int32_t unit, int32_t count)
{
    const mve_pred16_t there = vctp32q((uint32_t)count);
    if (b->whole != NULL) {
        return vldrwq_z_s32(b->whole + unit, there);
    }
    const int32x4_t low = vldrhq_z_s32(b->low + unit, there);
    if (b->high == NULL) {
        return low;
    }
    return vaddq_s32(low, vshlq_n_s32(vldrbq_z_s32(b->high + unit, there), 16));
}

PERSONA_INLINE void persona_mve_units(const persona_fully_connected_s8_args *a, const int8_t *x, const int8_t *weights,
                                      int32_t unit, int32_t count, int8_t *out)
{
    int32_t acc[4];
    vstrwq_s32(acc, persona_mve_biases(&a->bias, unit, count));
    persona_mve_dot_four(x, weights + unit * a->row_bytes, a->depth, a->row_bytes, count - 1, acc);
#if PERSONA_ROUNDING == 1
    for (int32_t k = 0; k < count; k++) {
        out[unit + k] = persona_scale_s8_one(&a->scale, acc[k], unit + k);
    }
#else
    const persona_mve_scale by = persona_mve_scale_of(&a->scale, unit, count);
    persona_mve_store(out + unit, persona_mve_scale_lanes(&a->scale, vldrwq_s32(acc), by), count);
#endif
}

PERSONA_INLINE void persona_fully_connected_s8(const persona_fully_connected_s8_args *a, const int8_t *x,
                                               const int8_t *weights, int8_t *out)
{
    for (int32_t r = 0; r < a->rows; r++, x += a->depth, out += a->units) {
        int32_t unit = 0;
        for (; unit + 4 <= a->units; unit += 4) {
            persona_mve_units(a, x, weights, unit, 4, out);
        }
        if (unit < a->units) {
            persona_mve_units(a, x, weights, unit, a->units - unit, out);
        }
    }
}

#endif
