/* DEPTHWISE_CONV_2D on int8 whose output takes over its input, row by row. Writing output row y may destroy input rows
 * that later windows still need; the rows above the window's last one are therefore kept in a ring of `kept` rows. */
#ifndef PERSONA_DEPTHWISE_CONV2D_IN_PLACE_S8_H
#define PERSONA_DEPTHWISE_CONV2D_IN_PLACE_S8_H

#include "isa.h"

#if PERSONA_ISA == PERSONA_ISA_MVE
#include "mve/depthwise_conv2d_in_place_s8.h"
#elif PERSONA_ISA == PERSONA_ISA_DSP
#include "dsp/depthwise_conv2d_in_place_s8.h"
#else
#include "plain/depthwise_conv2d_in_place_s8.h"
#endif

#endif
