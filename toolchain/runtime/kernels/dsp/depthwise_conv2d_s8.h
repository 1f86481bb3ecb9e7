/* The operator of ../depthwise_conv2d_s8.h: plain C so far. */
#ifndef PERSONA_DSP_DEPTHWISE_CONV2D_S8_H
#define PERSONA_DSP_DEPTHWISE_CONV2D_S8_H

#include "../plain/depthwise_conv2d_s8.h"

#endif
