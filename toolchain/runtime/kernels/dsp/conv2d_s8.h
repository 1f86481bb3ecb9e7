/* The operator of ../conv2d_s8.h with the DSP extension. */
#ifndef PERSONA_DSP_CONV2D_S8_H
#define PERSONA_DSP_CONV2D_S8_H

#include "conv2d_blocks_s8.h"

/* `scratch` holds the windows of a block in both forms, and one as bytes where its pixels are not whole words. */
PERSONA_INLINE void persona_conv2d_s8(const persona_conv2d_s8_args *a, const int8_t *x, const int8_t *weights,
                                      int8_t *out, void *scratch)
{
    const persona_conv2d_s8_block block = { a, NULL, weights };
    persona_conv2d_s8_blocks(&block, x, NULL, out, scratch);
}

#endif
