/* What the integer forms of SVDF share. */
#ifndef PERSONA_SVDF_ARGS_H
#define PERSONA_SVDF_ARGS_H

#include "requant.h"

typedef struct {
    int32_t batches, inputs, units, rank, memory;
    int32_t in_zero, state_zero, out_zero, state_min, state_max;
    int32_t feature_multiplier, feature_shift, time_multiplier, time_shift;
} persona_svdf_args;

/* The sum of products as int32 with wrap-around: no input can make it undefined. */
static inline int32_t persona_svdf_add(int32_t sum, int32_t a, int32_t b)
{
    return (int32_t)((uint32_t)sum + (uint32_t)a * (uint32_t)b);
}

#endif
