/* CONV_2D on int8: weights [out_c][kernel_h][kernel_w][in_c], one multiplier per output channel. The bias holds the
 * input's offset: bias - in_zero * sum(weights). `out` may be `x` where each output pixel fits into its input pixel
 * (1x1, out_c <= in_c): the window is copied before the pixel is written. */
#ifndef PERSONA_CONV2D_S8_H
#define PERSONA_CONV2D_S8_H

#include "isa.h"

#if PERSONA_ISA == PERSONA_ISA_MVE
#include "mve/conv2d_s8.h"
#elif PERSONA_ISA == PERSONA_ISA_DSP
#include "dsp/conv2d_s8.h"
#else
#include "plain/conv2d_s8.h"
#endif

#endif
