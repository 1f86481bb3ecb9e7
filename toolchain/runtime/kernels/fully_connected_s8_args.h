/* What every int8 fully connected layer is told. Weights are packed as [units][row_bytes]: depth taps, then zeros up to
 * a multiple of four bytes; packing.h tells what form they and the bias have (`paired`). */
#ifndef PERSONA_FULLY_CONNECTED_S8_ARGS_H
#define PERSONA_FULLY_CONNECTED_S8_ARGS_H

#include "bias_s8.h"
#include "packing.h"
#include "scale_s8.h"

typedef struct {
    int32_t rows, depth, units;
    int32_t row_bytes;
    int32_t paired;
    persona_bias_s8 bias;
    persona_scale_s8 scale;
} persona_fully_connected_s8_args;

/* A layer's field, or what all layers of this model have in it (toolchain/codegen/common.py). */
#ifdef PERSONA_FULLY_CONNECTED_S8_PAIRED
#define persona_layers_paired(a) PERSONA_FULLY_CONNECTED_S8_PAIRED
#else
#define persona_layers_paired(a) ((a)->paired)
#endif
#ifdef PERSONA_FULLY_CONNECTED_S8_SCALE_QUICK
#define persona_layers_quick(a) PERSONA_FULLY_CONNECTED_S8_SCALE_QUICK
#else
#define persona_layers_quick(a) ((a)->scale.quick)
#endif

#endif
