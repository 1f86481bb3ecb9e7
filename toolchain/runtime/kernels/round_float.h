/* A float to the nearest integer. */
#ifndef PERSONA_ROUND_FLOAT_H
#define PERSONA_ROUND_FLOAT_H

#include <stdint.h>

/* To the nearest, ties away from zero, within [-far, far], far at most 2^23; NaN becomes -far. */
static inline int32_t persona_round_float(float value, int32_t far)
{
    if (!(value > (float)-far)) {
        return -far;
    }
    if (value > (float)far) {
        return far;
    }
    const int32_t whole = (int32_t)value;
    const float rest = value - (float)whole;
    return rest >= 0.5f ? whole + 1 : rest <= -0.5f ? whole - 1 : whole;
}

#endif
