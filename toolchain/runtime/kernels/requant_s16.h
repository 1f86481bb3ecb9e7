/* Requantisation of sums of int16 * int8 products to int16. With an int64 bias, or none, TFLite Micro keeps 64 bits and
 * rounds the multiplier to 16; with an int32 bias the sum wraps round to 32 bits. */
#ifndef PERSONA_REQUANT_S16_H
#define PERSONA_REQUANT_S16_H

#include "requant.h"

typedef struct {
    int32_t wide, act_min, act_max;
    const int64_t *bias;
    const int32_t *multiplier;
    const int8_t *shift;
} persona_requant_s16_args;

/* Channel `c` of a sum without its bias; |acc + bias| < 2^47, shift below 8 where `wide`. */
static inline int16_t persona_requant_s16(const persona_requant_s16_args *a, int64_t acc, int32_t c)
{
    const int64_t sum = acc + a->bias[c];
    int32_t value;
    if (a->wide) {
        const int32_t reduced = a->multiplier[c] < 0x7fff0000 ? (a->multiplier[c] + (1 << 15)) >> 16 : 0x7fff;
        const int32_t shift = 15 - a->shift[c];
        value = (int32_t)((sum * reduced + ((int64_t)1 << (shift - 1))) >> shift);
    } else {
        value = persona_requant((int32_t)sum, a->multiplier[c], a->shift[c]);
    }
    return (int16_t)persona_clamp(value, a->act_min, a->act_max);
}

static inline int64_t persona_dot_s16(const int16_t *x, const int8_t *w, int32_t count)
{
    int64_t acc = 0;
    for (int32_t i = 0; i < count; i++) {
        acc += x[i] * w[i];
    }
    return acc;
}

#endif
