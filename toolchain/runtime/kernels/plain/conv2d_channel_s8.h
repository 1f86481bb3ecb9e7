/* What the int8 convolutions in plain C share: one output channel of one window. */
#ifndef PERSONA_PLAIN_CONV2D_CHANNEL_S8_H
#define PERSONA_PLAIN_CONV2D_CHANNEL_S8_H

#include "../conv2d_s8_args.h"
#include "../patch_s8.h"

/* Output channel `c` of the window in `patch`. */
static inline int8_t persona_conv2d_s8_channel(const persona_conv2d_s8_args *a, const int8_t *patch,
                                               const int8_t *weights, int32_t taps, int32_t c)
{
    return persona_scale_s8_one(&a->scale, a->bias[c] + persona_dot_s8(patch, weights + c * a->row_bytes, taps), c);
}

static inline persona_patch_s8 persona_conv2d_s8_window(const persona_conv2d_s8_args *a)
{
    const persona_patch_s8 window = { a->in_h,     a->in_w,       a->in_c,       a->kernel_h,
                                      a->kernel_w, a->dilation_h, a->dilation_w, (int8_t)a->in_zero };
    return window;
}

#endif
