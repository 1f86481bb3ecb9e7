/* What the depthwise kernels in plain C share: one output row. */
#ifndef PERSONA_PLAIN_DEPTHWISE_ROW_S8_H
#define PERSONA_PLAIN_DEPTHWISE_ROW_S8_H

#include <string.h>

#include "../depthwise_conv2d_s8_args.h"

/* One output row: `rows[k]` is the input row under tap k, NULL outside the image. */
static inline void persona_depthwise_conv2d_s8_row(const persona_depthwise_conv2d_s8_args *a, const int8_t *const *rows,
                                                   const int8_t *weights, int8_t *out)
{
    for (int32_t ox = 0; ox < a->out_w; ox++) {
        for (int32_t c = 0; c < a->out_c; c++) {
            const int32_t in = c / a->depth_multiplier;
            const int8_t *tap = weights + c;
            int32_t acc = a->bias[c];
            for (int32_t ky = 0; ky < a->kernel_h; ky++) {
                for (int32_t kx = 0; kx < a->kernel_w; kx++, tap += a->out_c) {
                    const int32_t column = ox * a->stride_w - a->pad_w + kx * a->dilation_w;
                    const int inside = rows[ky] != NULL && column >= 0 && column < a->in_w;
                    acc += *tap * (inside ? rows[ky][column * a->in_c + in] : a->in_zero);
                }
            }
            *out++ = persona_scale_s8_one(&a->scale, acc, c);
        }
    }
}

#endif
