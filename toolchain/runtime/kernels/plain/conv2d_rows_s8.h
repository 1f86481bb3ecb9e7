/* What the int8 convolutions in plain C share. Windows are copied side by side into scratch memory, two at a time, so
 * that the whole convolution is dot products of rows. */
#ifndef PERSONA_PLAIN_CONV2D_ROWS_S8_H
#define PERSONA_PLAIN_CONV2D_ROWS_S8_H

#include "../conv2d_s8_args.h"
#include "rows_s8.h"

/* `patches` is scratch memory of 2 * row_bytes; `add` and `other` are NULL where nothing is added. */
PERSONA_INLINE void persona_conv2d_rows_s8(const persona_conv2d_s8_args *a, const persona_add_s8_args *add,
                                           const int8_t *x, const int8_t *weights, const int8_t *other, int8_t *out,
                                           int8_t *patches)
{
    const persona_patch_s8 window = { a->in_h,     a->in_w,       a->in_c,       a->kernel_h,
                                      a->kernel_w, a->dilation_h, a->dilation_w, (int8_t)a->in_zero };
    const persona_rows_s8 rows = { a->scale,    add,      { a->bias, NULL, NULL },
                                   weights,     a->out_c, a->kernel_h * a->kernel_w * a->in_c,
                                   a->row_bytes };
    const int32_t at_once = persona_scale_plain_quick(&a->scale) ? 2 : 1, pixels = a->out_h * a->out_w;
    int32_t held = 0, left = a->batches * pixels;
    for (int32_t b = 0; b < a->batches; b++, x += a->in_h * a->in_w * a->in_c) {
        int32_t oy = 0, ox = 0;
        for (int32_t pixel = 0; pixel < pixels; pixel++) {
            persona_patch_s8_copy(&window, x, oy * a->stride_h - a->pad_h, ox * a->stride_w - a->pad_w,
                                  patches + held * a->row_bytes);
            if (++ox == a->out_w) {
                ox = 0;
                oy++;
            }
            left--;
            if (++held < at_once && left > 0) {
                continue;
            }
            if (held == 2) {
                persona_rows_s8_two(&rows, patches, other, out);
            } else {
                persona_rows_s8_one(&rows, patches, other, out);
            }
            out += held * a->out_c;
            other = add != NULL ? other + held * a->out_c : NULL;
            held = 0;
        }
    }
}

#endif
