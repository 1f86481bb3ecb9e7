/* What a convolution with an ADD behind it is told. */
#ifndef PERSONA_CONV2D_ADD_S8_ARGS_H
#define PERSONA_CONV2D_ADD_S8_ARGS_H

#include "add_one_s8.h"
#include "conv2d_s8_args.h"

typedef struct {
    persona_conv2d_s8_args conv;
    persona_add_s8_args add; /* its first input is the convolution's output */
} persona_conv2d_add_s8_args;

#endif
