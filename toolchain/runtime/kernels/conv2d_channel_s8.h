/* What the int8 convolutions share: their arguments, and one output channel of one window. */
#ifndef PERSONA_CONV2D_CHANNEL_S8_H
#define PERSONA_CONV2D_CHANNEL_S8_H

#include "patch_s8.h"
#include "requant.h"

typedef struct {
    int32_t in_h, in_w, out_h, out_w, kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_h, pad_w;
    int32_t batches, in_c, out_c;
    int32_t in_zero, out_zero, act_min, act_max;
    const int32_t *bias, *multiplier;
    const int8_t *shift;
} persona_conv2d_s8_args;

/* Output channel `c` of the window in `patch`. */
static inline int8_t persona_conv2d_s8_channel(const persona_conv2d_s8_args *a, const int8_t *patch,
                                               const int8_t *weights, int32_t taps, int32_t c)
{
    const int32_t acc = a->bias[c] + persona_dot_s8(patch, weights + c * taps, taps);
    const int32_t value = persona_requant(acc, a->multiplier[c], a->shift[c]) + a->out_zero;
    return (int8_t)persona_clamp(value, a->act_min, a->act_max);
}

static inline persona_patch_s8 persona_conv2d_s8_window(const persona_conv2d_s8_args *a)
{
    const persona_patch_s8 window = { a->in_h,     a->in_w,       a->in_c,       a->kernel_h,
                                      a->kernel_w, a->dilation_h, a->dilation_w, (int8_t)a->in_zero };
    return window;
}

#endif
