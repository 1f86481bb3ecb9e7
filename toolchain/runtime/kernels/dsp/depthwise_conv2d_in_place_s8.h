/* The operator of ../depthwise_conv2d_in_place_s8.h: by planes where the window allows it, else in plain C. */
#ifndef PERSONA_DSP_DEPTHWISE_CONV2D_IN_PLACE_S8_H
#define PERSONA_DSP_DEPTHWISE_CONV2D_IN_PLACE_S8_H

#include "depthwise_planes_s8.h"

#define persona_depthwise_conv2d_in_place_s8 persona_depthwise_conv2d_in_place_any_s8
#include "../plain/depthwise_conv2d_in_place_s8.h"
#undef persona_depthwise_conv2d_in_place_s8

/* `scratch` is memory of a plane or of the ring. `x` and `out` are the same memory. */
PERSONA_INLINE void persona_depthwise_conv2d_in_place_s8(const persona_depthwise_conv2d_in_place_s8_args *args,
                                                         const int8_t *x, const int8_t *weights, int8_t *out,
                                                         void *scratch)
{
    if (args->conv.band == 0) {
        persona_depthwise_conv2d_in_place_any_s8(args, x, weights, out, scratch);
    } else {
        persona_depthwise_planes_s8(&args->conv, x, weights, out, scratch);
    }
}

#endif
