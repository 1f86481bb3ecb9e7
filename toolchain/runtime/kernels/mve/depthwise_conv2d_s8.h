/* The operator of ../depthwise_conv2d_s8.h for Helium; in plain C what Helium's kernel does not know. */
#ifndef PERSONA_MVE_DEPTHWISE_CONV2D_S8_H
#define PERSONA_MVE_DEPTHWISE_CONV2D_S8_H

#include "../plain/depthwise_row_s8.h"
#include "depthwise_row_s8.h"

PERSONA_INLINE void persona_depthwise_conv2d_s8(const persona_depthwise_conv2d_s8_args *a, const int8_t *x,
                                                const int8_t *weights, int8_t *out, void *scratch)
{
    (void)scratch;
    const int8_t *rows[PERSONA_DEPTHWISE_MAX_KERNEL];
    const int32_t line = a->in_w * a->in_c;
    for (int32_t b = 0; b < a->batches; b++, x += a->in_h * line) {
        for (int32_t oy = 0; oy < a->out_h; oy++, out += a->out_w * a->out_c) {
            for (int32_t ky = 0; ky < a->kernel_h; ky++) {
                const int32_t y = oy * a->stride_h - a->pad_h + ky * a->dilation_h;
                rows[ky] = y >= 0 && y < a->in_h ? x + y * line : NULL;
            }
            if (persona_mve_depthwise_known(a)) {
                persona_mve_depthwise_row(a, rows, weights, out);
            } else {
                persona_depthwise_conv2d_s8_row(a, rows, weights, out);
            }
        }
    }
}

#endif
