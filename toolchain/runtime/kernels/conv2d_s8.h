/* CONV_2D on int8: weights [out_c][kernel_h][kernel_w][in_c], one multiplier per output channel. The bias holds the
 * input's offset: bias - in_zero * sum(weights). `out` may lie in the memory of `x` where no
 * output pixel reaches a window of a later one (1x1: from the front if out_c <= in_c, else up to the end of `x`):
 * pixels are computed in order, and the windows of all pixels of a block are copied before the block is written. */
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
