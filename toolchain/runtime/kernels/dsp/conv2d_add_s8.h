/* The operator of ../conv2d_add_s8.h with the DSP extension. */
#ifndef PERSONA_DSP_CONV2D_ADD_S8_H
#define PERSONA_DSP_CONV2D_ADD_S8_H

#include "../conv2d_add_s8_args.h"
#include "conv2d_blocks_s8.h"

PERSONA_INLINE void persona_conv2d_add_s8(const persona_conv2d_add_s8_args *a, const int8_t *x, const int8_t *weights,
                                          const int8_t *other, int8_t *out, void *scratch)
{
    const persona_conv2d_s8_block block = { &a->conv, &a->add, weights };
    persona_conv2d_s8_blocks(&block, x, other, out, scratch);
}

#endif
