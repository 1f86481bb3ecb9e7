/* The operator of ../depthwise_conv2d_s8.h: by planes where the window allows it, else in plain C. */
#ifndef PERSONA_DSP_DEPTHWISE_CONV2D_S8_H
#define PERSONA_DSP_DEPTHWISE_CONV2D_S8_H

#include "depthwise_planes_s8.h"

#define persona_depthwise_conv2d_s8 persona_depthwise_conv2d_any_s8
#include "../plain/depthwise_conv2d_s8.h"
#undef persona_depthwise_conv2d_s8

/* `scratch` is memory of a plane. */
PERSONA_INLINE void persona_depthwise_conv2d_s8(const persona_depthwise_conv2d_s8_args *a, const int8_t *x,
                                                const int8_t *weights, int8_t *out, void *scratch)
{
    if (a->band == 0) {
        persona_depthwise_conv2d_any_s8(a, x, weights, out, scratch);
        return;
    }
    for (int32_t b = 0; b < a->batches; b++) {
        persona_depthwise_planes_s8(a, x + b * a->in_h * a->in_w * a->in_c, weights,
                                    out + b * a->out_h * a->out_w * a->out_c, scratch);
    }
}

#endif
