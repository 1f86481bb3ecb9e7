/* Four bytes in a word, added up as the halves of two words. */
#ifndef PERSONA_LANES_H
#define PERSONA_LANES_H

#include <stdint.h>

#include "isa.h"

/* Four bytes from any address, the first one lowest. */
PERSONA_INLINE uint32_t persona_lanes_load(const int8_t *from)
{
    const uint32_t low = (uint32_t)(uint8_t)from[0] | (uint32_t)(uint8_t)from[1] << 8;
    return low | (uint32_t)(uint8_t)from[2] << 16 | (uint32_t)(uint8_t)from[3] << 24;
}

#if defined(__ARM_FEATURE_DSP)

/* Bytes 0 and 2 to the halves of acc. */
PERSONA_INLINE uint32_t persona_lanes_add_even(uint32_t acc, uint32_t bytes)
{
    uint32_t sum;
    __asm__("uxtab16 %0, %1, %2" : "=r"(sum) : "r"(acc), "r"(bytes));
    return sum;
}

/* Bytes 1 and 3 to the halves of acc. */
PERSONA_INLINE uint32_t persona_lanes_add_odd(uint32_t acc, uint32_t bytes)
{
    uint32_t sum;
    __asm__("uxtab16 %0, %1, %2, ror #8" : "=r"(sum) : "r"(acc), "r"(bytes));
    return sum;
}

#else

PERSONA_INLINE uint32_t persona_lanes_add_even(uint32_t acc, uint32_t bytes)
{
    return acc + (bytes & 0x00ff00ffu);
}

PERSONA_INLINE uint32_t persona_lanes_add_odd(uint32_t acc, uint32_t bytes)
{
    return acc + (bytes >> 8 & 0x00ff00ffu);
}

#endif

#endif
