/* Counting through dimensions like an odometer, with a stride for each: the offset of the next place from this one. */
#ifndef PERSONA_ODOMETER_H
#define PERSONA_ODOMETER_H

#include <stdint.h>
#include <string.h>

#define PERSONA_MAX_RANK 8

/* Advance `place`; from the last place back to the first. */
static inline int32_t persona_step(int32_t rank, const int32_t *dims, const int32_t *strides, int32_t *place)
{
    int32_t delta = 0;
    for (int32_t d = rank - 1; d >= 0; d--) {
        if (++place[d] < dims[d]) {
            return delta + strides[d];
        }
        place[d] = 0;
        delta -= (dims[d] - 1) * strides[d];
    }
    return delta;
}

/* Copy one run; single elements without a call. */
static inline void persona_move(uint8_t *to, const uint8_t *from, int32_t bytes)
{
    switch (bytes) {
    case 1:
        *to = *from;
        break;
    case 2:
        memcpy(to, from, 2);
        break;
    case 4:
        memcpy(to, from, 4);
        break;
    default:
        memcpy(to, from, (size_t)bytes);
        break;
    }
}

#endif
