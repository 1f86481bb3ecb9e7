/* The operator of ../conv2d_add_s8.h in plain C. */
#ifndef PERSONA_PLAIN_CONV2D_ADD_S8_H
#define PERSONA_PLAIN_CONV2D_ADD_S8_H

#include "../conv2d_add_s8_args.h"
#include "conv2d_channel_s8.h"

static void persona_conv2d_add_s8(const persona_conv2d_add_s8_args *a, const int8_t *x, const int8_t *weights,
                                  const int8_t *other, int8_t *out, int8_t *patch)
{
    const persona_conv2d_s8_args *conv = &a->conv;
    const persona_patch_s8 window = persona_conv2d_s8_window(conv);
    const int32_t taps = conv->kernel_h * conv->kernel_w * conv->in_c;
    for (int32_t b = 0; b < conv->batches; b++, x += conv->in_h * conv->in_w * conv->in_c) {
        for (int32_t oy = 0; oy < conv->out_h; oy++) {
            for (int32_t ox = 0; ox < conv->out_w; ox++) {
                persona_patch_s8_copy(&window, x, oy * conv->stride_h - conv->pad_h, ox * conv->stride_w - conv->pad_w,
                                      patch);
                for (int32_t c = 0; c < conv->out_c; c++) {
                    const int8_t value = persona_conv2d_s8_channel(conv, patch, weights, taps, c);
                    *out++ = persona_add_s8_one(&a->add, value, *other++);
                }
            }
        }
    }
}

#endif
