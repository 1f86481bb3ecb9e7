/* The operator of ../conv2d_s8.h in plain C. */
#ifndef PERSONA_PLAIN_CONV2D_S8_H
#define PERSONA_PLAIN_CONV2D_S8_H

#include "conv2d_channel_s8.h"

/* `patch` is scratch memory of kernel_h * kernel_w * in_c bytes. */
static void persona_conv2d_s8(const persona_conv2d_s8_args *a, const int8_t *x, const int8_t *weights, int8_t *out,
                              int8_t *patch)
{
    const persona_patch_s8 window = persona_conv2d_s8_window(a);
    const int32_t taps = a->kernel_h * a->kernel_w * a->in_c;
    for (int32_t b = 0; b < a->batches; b++, x += a->in_h * a->in_w * a->in_c) {
        for (int32_t oy = 0; oy < a->out_h; oy++) {
            for (int32_t ox = 0; ox < a->out_w; ox++) {
                persona_patch_s8_copy(&window, x, oy * a->stride_h - a->pad_h, ox * a->stride_w - a->pad_w, patch);
                for (int32_t c = 0; c < a->out_c; c++) {
                    *out++ = persona_conv2d_s8_channel(a, patch, weights, taps, c);
                }
            }
        }
    }
}

#endif
