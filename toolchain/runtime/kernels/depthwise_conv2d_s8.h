/* DEPTHWISE_CONV_2D on int8: weights [kernel_h][kernel_w][out_c], out_c = in_c * depth_multiplier. The bias holds the
 * input's offset, bias - in_zero * sum(weights); a tap outside the image adds what it would add there: w * in_zero. */
#ifndef PERSONA_DEPTHWISE_CONV2D_S8_H
#define PERSONA_DEPTHWISE_CONV2D_S8_H

#include "isa.h"

#if PERSONA_ISA == PERSONA_ISA_MVE
#include "mve/depthwise_conv2d_s8.h"
#elif PERSONA_ISA == PERSONA_ISA_DSP
#include "dsp/depthwise_conv2d_s8.h"
#else
#include "plain/depthwise_conv2d_s8.h"
#endif

#endif
