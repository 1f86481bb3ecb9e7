/* Requantisation: int32 accumulator to the output's units, exactly as the rounding contract says (docs/numerics.md).
 * PERSONA_ROUNDING is set by the generated model before it includes its kernels. */
#ifndef PERSONA_REQUANT_H
#define PERSONA_REQUANT_H

#include <stdint.h>

static inline int32_t persona_clamp(int32_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* Divide by 2^shift, to the nearest, ties away from zero. */
static inline int32_t persona_rounding_shift(int32_t value, int32_t shift)
{
    const int32_t mask = (int32_t)((1u << shift) - 1u);
    const int32_t rest = value & mask;
    const int32_t threshold = (mask >> 1) + (value < 0);
    return (value >> shift) + (rest > threshold);
}

/* acc * multiplier * 2^(shift - 31); multiplier in [2^30, 2^31) or 0, shift in [-31, 30]. */
static inline int32_t persona_requant(int32_t acc, int32_t multiplier, int32_t shift)
{
#if PERSONA_ROUNDING == 1
    const int64_t product = (int64_t)acc * multiplier;
    return (int32_t)((product + ((int64_t)1 << (30 - shift))) >> (31 - shift));
#else
    const int32_t left = shift > 0 ? shift : 0;
    const int32_t widened = (int32_t)((uint32_t)acc << left);
    const int32_t high = (int32_t)(((int64_t)widened * multiplier + (1 << 30)) >> 31);
    return persona_rounding_shift(high, left - shift);
#endif
}

#endif
