/* What every int8 depthwise convolution is told. */
#ifndef PERSONA_DEPTHWISE_CONV2D_S8_ARGS_H
#define PERSONA_DEPTHWISE_CONV2D_S8_ARGS_H

#include "scale_s8.h"

typedef struct {
    int32_t in_h, in_w, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
    int32_t batches, in_c, out_c, depth_multiplier;
    int32_t in_zero;
    int32_t band, plane_w; /* output rows at a time and columns of a plane in scratch memory; 0: no planes */
    int32_t pair_sums;     /* 1: the sum of two products lies within int16, as no weight is -128 */
    const int32_t *bias;
    persona_scale_s8 scale;
} persona_depthwise_conv2d_s8_args;

typedef struct {
    persona_depthwise_conv2d_s8_args conv; /* one batch; an output row is not longer than `stride_h` input rows */
    int32_t kept;                          /* rows of the ring */
} persona_depthwise_conv2d_in_place_s8_args;

#define PERSONA_DEPTHWISE_MAX_KERNEL 32 /* the generator refuses taller windows */

#endif
