/* bytes.h: little-endian numbers in byte buffers, without assumptions on alignment or on the processor's byte order. */
#ifndef PERSONA_BYTES_H
#define PERSONA_BYTES_H

#include <stdint.h>

/* One or two instructions on most processors, which a compiler that counts the operations here takes for more. */
#define PERSONA_INLINE static inline __attribute__((always_inline))

PERSONA_INLINE uint16_t persona_get_u16(const uint8_t bytes[2])
{
    return (uint16_t)(bytes[0] | (bytes[1] << 8));
}

PERSONA_INLINE uint32_t persona_get_u32(const uint8_t bytes[4])
{
    return (uint32_t)bytes[0] | ((uint32_t)bytes[1] << 8) | ((uint32_t)bytes[2] << 16) | ((uint32_t)bytes[3] << 24);
}

PERSONA_INLINE void persona_put_u16(uint8_t bytes[2], uint16_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
}

PERSONA_INLINE void persona_put_u32(uint8_t bytes[4], uint32_t value)
{
    bytes[0] = (uint8_t)value;
    bytes[1] = (uint8_t)(value >> 8);
    bytes[2] = (uint8_t)(value >> 16);
    bytes[3] = (uint8_t)(value >> 24);
}

#endif
