/* The instructions of the DSP extension that the kernels use: those of arm_acle.h, and in assembly what it lacks. On
 * other processors the same in C, so that the kernels are tested there under sanitizers. Lanes: the low half of a word
 * first. */
#ifndef PERSONA_DSP_INSTRUCTIONS_H
#define PERSONA_DSP_INSTRUCTIONS_H

#include <stdint.h>
#include <string.h>

#include "../isa.h"

/* Four bytes from any address. */
PERSONA_INLINE uint32_t persona_load_word(const void *from)
{
    uint32_t word;
    memcpy(&word, from, sizeof word);
    return word;
}

#if defined(__ARM_FEATURE_DSP)

typedef uint64_t __attribute__((aligned(4), may_alias)) persona_two_words;

/* Two words from an address that is a multiple of four. */
PERSONA_INLINE void persona_load_two(const uint32_t *from, uint32_t *first, uint32_t *second)
{
    __asm__("ldrd %0, %1, %2" : "=r"(*first), "=r"(*second) : "m"(*(const persona_two_words *)(const void *)from));
}

/* The same of constants that shall not occupy registers across a loop. */
PERSONA_INLINE void persona_reload_two(const uint32_t *from, uint32_t *first, uint32_t *second)
{
    __asm__ volatile("ldrd %0, %1, %2"
                     : "=r"(*first), "=r"(*second)
                     : "m"(*(const persona_two_words *)(const void *)from));
}

PERSONA_INLINE uint32_t persona_reload(const uint32_t *from)
{
    uint32_t word;
    __asm__ volatile("ldr %0, %1" : "=r"(word) : "m"(*from));
    return word;
}

#include <arm_acle.h>

/* Bytes 0 and 2 as halves. */
#define persona_sxtb16(word) ((uint32_t)__sxtb16((int8x4_t)(word)))
/* acc + low * low + high * high. */
#define persona_smlad(x, y, acc) __smlad((int16x2_t)(x), (int16x2_t)(y), (acc))
/* acc + one half of x * one half of y: b is the low one, t the high one. */
#define persona_smlabb(x, y, acc) __smlabb((int32_t)(x), (int32_t)(y), (acc))
#define persona_smlabt(x, y, acc) __smlabt((int32_t)(x), (int32_t)(y), (acc))
#define persona_smlatb(x, y, acc) __smlatb((int32_t)(x), (int32_t)(y), (acc))
#define persona_smlatt(x, y, acc) __smlatt((int32_t)(x), (int32_t)(y), (acc))
/* Saturate to int8. */
#define persona_ssat8(value) ((int32_t)__ssat((value), 8))

/* Bytes 1 and 3 as halves. */
PERSONA_INLINE uint32_t persona_sxtb16_odd(uint32_t word)
{
    uint32_t halves;
    __asm__("sxtb16 %0, %1, ror #8" : "=r"(halves) : "r"(word));
    return halves;
}

/* (x * y + 2^31) >> 32. */
PERSONA_INLINE int32_t persona_smmulr(int32_t x, int32_t y)
{
    int32_t high;
    __asm__("smmulr %0, %1, %2" : "=r"(high) : "r"(x), "r"(y));
    return high;
}

/* acc + ((x * y + 2^31) >> 32). */
PERSONA_INLINE int32_t persona_smmlar(int32_t x, int32_t y, int32_t acc)
{
    int32_t high;
    __asm__("smmlar %0, %1, %2, %3" : "=r"(high) : "r"(x), "r"(y), "r"(acc));
    return high;
}

/* acc + (x * y >> 32). */
PERSONA_INLINE int32_t persona_smmla(int32_t x, int32_t y, int32_t acc)
{
    int32_t high;
    __asm__("smmla %0, %1, %2, %3" : "=r"(high) : "r"(x), "r"(y), "r"(acc));
    return high;
}

/* Low half of x, low half of y. */
PERSONA_INLINE uint32_t persona_pack_low(uint32_t x, uint32_t y)
{
    uint32_t halves;
    __asm__("pkhbt %0, %1, %2, lsl #16" : "=r"(halves) : "r"(x), "r"(y));
    return halves;
}

/* High half of x, high half of y. */
PERSONA_INLINE uint32_t persona_pack_high(uint32_t x, uint32_t y)
{
    uint32_t halves;
    __asm__("pkhtb %0, %1, %2, asr #16" : "=r"(halves) : "r"(y), "r"(x));
    return halves;
}

#else

PERSONA_INLINE void persona_load_two(const uint32_t *from, uint32_t *first, uint32_t *second)
{
    *first = from[0];
    *second = from[1];
}

#define persona_reload_two persona_load_two

PERSONA_INLINE uint32_t persona_reload(const uint32_t *from)
{
    return *from;
}

PERSONA_INLINE int32_t persona_half(uint32_t word, int high)
{
    return (int16_t)(uint16_t)(high ? word >> 16 : word);
}

PERSONA_INLINE uint32_t persona_sxtb16(uint32_t word)
{
    const uint32_t low = (uint32_t)(int32_t)(int8_t)(uint8_t)word,
                   high = (uint32_t)(int32_t)(int8_t)(uint8_t)(word >> 16);
    return (low & 0xffffu) | high << 16;
}

PERSONA_INLINE uint32_t persona_sxtb16_odd(uint32_t word)
{
    return persona_sxtb16(word >> 8 | word << 24);
}

/* The sum wraps around, as the instruction's does. */
PERSONA_INLINE int32_t persona_wrapping(int32_t acc, int64_t product)
{
    return (int32_t)((uint32_t)acc + (uint32_t)product);
}

PERSONA_INLINE int32_t persona_smlad(uint32_t x, uint32_t y, int32_t acc)
{
    const int64_t low = (int64_t)persona_half(x, 0) * persona_half(y, 0);
    return persona_wrapping(acc, low + (int64_t)persona_half(x, 1) * persona_half(y, 1));
}

PERSONA_INLINE int32_t persona_smlabb(uint32_t x, uint32_t y, int32_t acc)
{
    return persona_wrapping(acc, persona_half(x, 0) * persona_half(y, 0));
}

PERSONA_INLINE int32_t persona_smlabt(uint32_t x, uint32_t y, int32_t acc)
{
    return persona_wrapping(acc, persona_half(x, 0) * persona_half(y, 1));
}

PERSONA_INLINE int32_t persona_smlatb(uint32_t x, uint32_t y, int32_t acc)
{
    return persona_wrapping(acc, persona_half(x, 1) * persona_half(y, 0));
}

PERSONA_INLINE int32_t persona_smlatt(uint32_t x, uint32_t y, int32_t acc)
{
    return persona_wrapping(acc, persona_half(x, 1) * persona_half(y, 1));
}

PERSONA_INLINE int32_t persona_ssat8(int32_t value)
{
    return value < INT8_MIN ? INT8_MIN : value > INT8_MAX ? INT8_MAX : value;
}

PERSONA_INLINE int32_t persona_smmulr(int32_t x, int32_t y)
{
    return (int32_t)(((int64_t)x * y + ((int64_t)1 << 31)) >> 32);
}

PERSONA_INLINE int32_t persona_smmlar(int32_t x, int32_t y, int32_t acc)
{
    return persona_wrapping(acc, ((int64_t)x * y + ((int64_t)1 << 31)) >> 32);
}

PERSONA_INLINE int32_t persona_smmla(int32_t x, int32_t y, int32_t acc)
{
    return persona_wrapping(acc, ((int64_t)x * y) >> 32);
}

PERSONA_INLINE uint32_t persona_pack_low(uint32_t x, uint32_t y)
{
    return (x & 0xffffu) | y << 16;
}

PERSONA_INLINE uint32_t persona_pack_high(uint32_t x, uint32_t y)
{
    return x >> 16 | (y & 0xffff0000u);
}

#endif

#endif
