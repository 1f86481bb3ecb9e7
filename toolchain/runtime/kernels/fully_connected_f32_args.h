/* What every float32 fully connected layer is told. */
#ifndef PERSONA_FULLY_CONNECTED_F32_ARGS_H
#define PERSONA_FULLY_CONNECTED_F32_ARGS_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    int32_t rows, depth, units;
    float act_min, act_max;
} persona_fully_connected_f32_args;

#endif
