/* The fused activation of float kernels. */
#ifndef PERSONA_FLOAT_CLAMP_H
#define PERSONA_FLOAT_CLAMP_H

static inline float persona_float_clamp(float value, float low, float high)
{
    return value < low ? low : value > high ? high : value;
}

#endif
