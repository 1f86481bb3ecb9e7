/* exp, tanh, logistic, log and square root in float32, without a library: the same bits on every machine and in the
 * NumPy reference (toolchain/operators/float_math.py). Needs -ffp-contract=off, which ISO C modes of GCC imply. */
#ifndef PERSONA_FLOAT_MATH_H
#define PERSONA_FLOAT_MATH_H

#include <stdint.h>
#include <string.h>

static inline uint32_t persona_float_bits(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof(bits));
    return bits;
}

static inline float persona_float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof(value));
    return value;
}

static inline float persona_float_abs(float value)
{
    return persona_float_of(persona_float_bits(value) & 0x7fffffffu);
}

static inline float persona_float_sign(float size, float sign)
{
    return persona_float_of(persona_float_bits(size) | (persona_float_bits(sign) & 0x80000000u));
}

/* 2^exponent for a normal result. */
static inline float persona_power_of_two(int32_t exponent)
{
    return persona_float_of((uint32_t)(exponent + 127) << 23);
}

/* e^x; 0 where the result would be less than the smallest normal number. */
static inline float persona_exp(float x)
{
    if (!(x > -0x1.5d589ep+6f)) {
        return x != x ? x : 0.0f;
    }
    if (x > 0x1.62e430p+6f) {
        return persona_float_of(0x7f800000u);
    }
    const float y = x * 0x1.715476p+0f;
    const int32_t n = (int32_t)(y + (y < 0.0f ? -0.5f : 0.5f));
    const float k = (float)n;
    const float r = (x - k * 0x1.630000p-1f) - k * -0x1.bd0106p-13f;
    float p = 0x1.6db676p-10f * r + 0x1.123d00p-7f;
    p = p * r + 0x1.55545cp-5f;
    p = p * r + 0x1.55548cp-3f;
    p = p * r + 0x1.000000p-1f;
    const float value = (r * r) * p + r + 1.0f;
    return value * persona_power_of_two(n / 2) * persona_power_of_two(n - n / 2);
}

static inline float persona_tanh(float x)
{
    const float size = persona_float_abs(x);
    if (size < 0.625f) {
        const float z = x * x;
        float p = -0x1.6f41eep-8f * z + 0x1.50b822p-6f;
        p = p * z + -0x1.b806a4p-5f;
        p = p * z + 0x1.1105a2p-3f;
        p = p * z + -0x1.55552cp-2f;
        return x + x * z * p;
    }
    return persona_float_sign(1.0f - 2.0f / (persona_exp(2.0f * size) + 1.0f), x);
}

/* 1 / (1 + e^-x). */
static inline float persona_logistic(float x)
{
    return 1.0f / (1.0f + persona_exp(-x));
}

/* Natural logarithm; -infinity of 0, NaN of negative numbers. */
static inline float persona_log(float x)
{
    if (!(x > 0.0f) || persona_float_bits(x) == 0x7f800000u) {
        return x == 0.0f ? persona_float_of(0xff800000u) : x < 0.0f ? persona_float_of(0x7fc00000u) : x;
    }
    const int tiny = x < 0x1p-126f;
    const int32_t bits = (int32_t)persona_float_bits(tiny ? x * 0x1p+23f : x);
    const int32_t exponent = (bits - 0x3f3504f3) >> 23;
    const float f = persona_float_of((uint32_t)(bits - exponent * (1 << 23))) - 1.0f;
    const float k = (float)(exponent - (tiny ? 23 : 0));
    const float z = f * f;
    float p = 0x1.1b40e4p-4f * f + -0x1.e2e918p-4f;
    p = p * f + 0x1.e6512ep-4f;
    p = p * f + -0x1.fb434ep-4f;
    p = p * f + 0x1.2332b8p-3f;
    p = p * f + -0x1.5562e2p-3f;
    p = p * f + 0x1.99a546p-3f;
    p = p * f + -0x1.ffffeep-3f;
    p = p * f + 0x1.555546p-2f;
    const float value = f * z * p + k * -0x1.bd0106p-13f;
    return value - 0.5f * z + f + k * 0x1.630000p-1f;
}

/* The root of mantissa * 2^24, digit by digit, its last bit rounded away: 24 bits. No root lies half way. */
static inline uint32_t persona_root_bits(uint32_t mantissa)
{
    uint32_t root = 0, rest = mantissa, doubled = 0;
    for (uint32_t bit = 1u << 24; bit != 0; bit >>= 1) {
        if (doubled + bit <= rest) {
            rest -= doubled + bit;
            doubled += 2u * bit;
            root += bit;
        }
        rest <<= 1;
    }
    return (root >> 1) + (root & 1u);
}

/* Square root, correctly rounded. */
static inline float persona_sqrt(float x)
{
    uint32_t bits = persona_float_bits(x);
    if (!(x > 0.0f) || bits == 0x7f800000u) {
        return x < 0.0f ? persona_float_of(0x7fc00000u) : x;
    }
    int32_t exponent = (int32_t)(bits >> 23);
    uint32_t mantissa = bits & 0x7fffffu;
    if (exponent == 0) {
        for (exponent = 1; mantissa < 0x800000u; exponent--) {
            mantissa <<= 1;
        }
    }
    mantissa |= 0x800000u;
    exponent -= 127;
    if (exponent & 1) {
        mantissa <<= 1;
    }
    return persona_float_of(((uint32_t)((exponent >> 1) + 126) << 23) + persona_root_bits(mantissa << 1));
}

#endif
