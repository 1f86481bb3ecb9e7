/* SOFTMAX on int8, over rows of `depth`. `out` may be `x`. */
#ifndef PERSONA_SOFTMAX_S8_H
#define PERSONA_SOFTMAX_S8_H

#include "fixed_point.h"

typedef struct {
    int32_t rows, depth;
    int32_t known;               /* distances to the largest element with an entry; beyond them the output is 0 */
    const int32_t *exponentials; /* [known], Q0 */
} persona_softmax_s8_args;

static inline int32_t persona_softmax_s8_largest(const int8_t *x, int32_t depth)
{
    int32_t largest = INT8_MIN;
    for (int32_t i = 0; i < depth; i++) {
        largest = x[i] > largest ? x[i] : largest;
    }
    return largest;
}

static inline void persona_softmax_s8_row(const persona_softmax_s8_args *a, const int8_t *x, int8_t *out)
{
    const int32_t largest = persona_softmax_s8_largest(x, a->depth);
    int32_t sum = 0; /* Q12 */
    for (int32_t i = 0; i < a->depth; i++) {
        const int32_t distance = largest - x[i];
        sum += distance < a->known ? persona_rounding_shift(a->exponentials[distance], 12) : 0;
    }
    const int32_t headroom = persona_headroom((uint32_t)sum);
    const int32_t fraction = (int32_t)(((int64_t)sum << headroom) - ((int64_t)1 << 31));
    const int32_t inverse = persona_reciprocal_one_plus(fraction);
    const int32_t shift = 12 - headroom + 31 - 8;
    for (int32_t i = 0; i < a->depth; i++) {
        const int32_t distance = largest - x[i];
        const int32_t share = distance < a->known ? persona_fixed_multiply(inverse, a->exponentials[distance]) : 0;
        const int32_t value = (shift > 31 ? 0 : persona_rounding_shift(share, shift)) + INT8_MIN;
        out[i] = (int8_t)persona_clamp(value, INT8_MIN, INT8_MAX);
    }
}

static void persona_softmax_s8(const persona_softmax_s8_args *a, const int8_t *x, int8_t *out)
{
    for (int32_t row = 0; row < a->rows; row++) {
        persona_softmax_s8_row(a, x + row * a->depth, out + row * a->depth);
    }
}

#endif
