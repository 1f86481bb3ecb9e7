/* The operator of ../conv2d_add_s8.h for Helium. */
#ifndef PERSONA_MVE_CONV2D_ADD_S8_H
#define PERSONA_MVE_CONV2D_ADD_S8_H

#include "../conv2d_add_s8_args.h"
#include "conv2d_block_s8.h"

PERSONA_INLINE void persona_conv2d_add_s8(const persona_conv2d_add_s8_args *a, const int8_t *x, const int8_t *weights,
                                          const int8_t *other, int8_t *out, int8_t *scratch)
{
    persona_mve_convolution(&a->conv, &a->add, x, weights, other, out, scratch);
}

#endif
