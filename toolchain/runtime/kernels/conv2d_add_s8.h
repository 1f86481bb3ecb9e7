/* CONV_2D and the ADD behind it, int8: the convolution's output never lies in memory. `out` may be `other`. */
#ifndef PERSONA_CONV2D_ADD_S8_H
#define PERSONA_CONV2D_ADD_S8_H

#include "isa.h"

#if PERSONA_ISA == PERSONA_ISA_MVE
#include "mve/conv2d_add_s8.h"
#elif PERSONA_ISA == PERSONA_ISA_DSP
#include "dsp/conv2d_add_s8.h"
#else
#include "plain/conv2d_add_s8.h"
#endif

#endif
