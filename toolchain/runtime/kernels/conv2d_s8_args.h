/* What every int8 convolution is told. Weights are packed as [out_c][row_bytes]: a row holds kernel_h * kernel_w * in_c
 * taps and then zeros up to a multiple of four bytes; packing.h tells what form they and the bias have (`paired`). */
#ifndef PERSONA_CONV2D_S8_ARGS_H
#define PERSONA_CONV2D_S8_ARGS_H

#include "packing.h"
#include "scale_s8.h"

typedef struct {
    int32_t in_h, in_w, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
    int32_t batches, in_c, out_c;
    int32_t in_zero;
    int32_t row_bytes;
    int32_t paired;
    const int32_t *bias;
    int32_t columns; /* windows that scratch memory holds at once with the DSP extension: 2 or 3 */
    persona_scale_s8 scale;
} persona_conv2d_s8_args;

#endif
