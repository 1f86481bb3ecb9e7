/* Fixed point as TFLite Micro's int8 operators use it. Qk is a format with k integer bits: raw * 2^(k - 31). */
#ifndef PERSONA_FIXED_POINT_H
#define PERSONA_FIXED_POINT_H

#include "requant.h"

/* Product of Qm and Qn in Q(m+n), rounded; not both INT32_MIN. */
static inline int32_t persona_fixed_multiply(int32_t a, int32_t b)
{
    return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* a * 2^bits, saturated. */
static inline int32_t persona_fixed_left(int32_t a, int32_t bits)
{
    const int64_t wide = (int64_t)a * (1 << bits);
    return wide > INT32_MAX ? INT32_MAX : wide < INT32_MIN ? INT32_MIN : (int32_t)wide;
}

/* 1 / (1 + a) in Q0 for a in [0, 1) in Q0: three steps of Newton's iteration in Q2. */
static inline int32_t persona_reciprocal_one_plus(int32_t a)
{
    const int32_t half = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
    int32_t x = 1515870810 + persona_fixed_multiply(half, -1010580540);
    for (int32_t step = 0; step < 3; step++) {
        const int32_t error = (1 << 29) - persona_fixed_multiply(half, x);
        x += persona_fixed_left(persona_fixed_multiply(x, error), 2);
    }
    return persona_fixed_left(x, 1);
}

/* Zero bits above the highest one of value > 0. */
static inline int32_t persona_headroom(uint32_t value)
{
#if defined(__GNUC__)
    return __builtin_clz(value);
#else
    int32_t bits = 0;
    while (value < 0x80000000u) {
        value <<= 1;
        bits++;
    }
    return bits;
#endif
}

#endif
