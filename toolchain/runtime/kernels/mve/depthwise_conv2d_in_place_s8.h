/* The operator of ../depthwise_conv2d_in_place_s8.h for Helium; in plain C what Helium's kernel does not know. */
#ifndef PERSONA_MVE_DEPTHWISE_CONV2D_IN_PLACE_S8_H
#define PERSONA_MVE_DEPTHWISE_CONV2D_IN_PLACE_S8_H

#include "../plain/depthwise_row_s8.h"
#include "copy_s8.h"
#include "depthwise_row_s8.h"

/* `ring` is scratch memory of `kept` input rows. `x` and `out` are the same memory. */
PERSONA_INLINE void persona_depthwise_conv2d_in_place_s8(const persona_depthwise_conv2d_in_place_s8_args *args,
                                                         const int8_t *x, const int8_t *weights, int8_t *out,
                                                         int8_t *ring)
{
    const persona_depthwise_conv2d_s8_args *a = &args->conv;
    const int8_t *rows[PERSONA_DEPTHWISE_MAX_KERNEL];
    const int32_t line = a->in_w * a->in_c;
    int32_t copied = 0; /* input rows that went into the ring */
    for (int32_t oy = 0; oy < a->out_h; oy++, out += a->out_w * a->out_c) {
        const int32_t top = oy * a->stride_h - a->pad_h;
        const int32_t last = top + (a->kernel_h - 1) * a->dilation_h;
        for (; copied < a->in_h && copied <= last; copied++) {
            persona_mve_copy(ring + (copied % args->kept) * line, x + copied * line, line);
        }
        for (int32_t ky = 0; ky < a->kernel_h; ky++) {
            const int32_t y = top + ky * a->dilation_h;
            rows[ky] = y >= 0 && y < a->in_h ? ring + (y % args->kept) * line : NULL;
        }
        if (persona_mve_depthwise_known(a)) {
            persona_mve_depthwise_row(a, rows, weights, out);
        } else {
            persona_depthwise_conv2d_s8_row(a, rows, weights, out);
        }
    }
}

#endif
