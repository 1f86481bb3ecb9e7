/* Windows of an int8 image as ../mve/dot_s8.h reads them. Bytes behind a window's last tap are left as they are: the
 * dot product does not count them. */
#ifndef PERSONA_MVE_WINDOW_S8_H
#define PERSONA_MVE_WINDOW_S8_H

#include "../conv2d_s8_args.h"
#include "copy_s8.h"
#include "dot_s8.h"
#include "scale_s8.h"

/* Copy `count` bytes to every third vector of `window`. */
PERSONA_INLINE int8_t *persona_mve_spread(int8_t *window, const int8_t *from, int32_t count)
{
    for (; count >= 16; count -= 16, window += PERSONA_MVE_STEP, from += 16) {
        vstrbq_s8(window, vldrbq_s8(from));
    }
    if (count > 0) {
        const mve_pred16_t p = vctp8q((uint32_t)count);
        vstrbq_p_s8(window, vldrbq_z_s8(from, p), p);
    }
    return window;
}

PERSONA_INLINE int8_t *persona_mve_spread_fill(int8_t *window, int32_t value, int32_t count)
{
    for (; count > 0; count -= 16, window += PERSONA_MVE_STEP) {
        vstrbq_s8(window, vdupq_n_s8((int8_t)value));
    }
    return window;
}

/* Taps of a row that begins at column `x0`: how many lie left of the image, how many within it. */
typedef struct {
    int32_t left, inside;
} persona_mve_cut;

PERSONA_INLINE persona_mve_cut persona_mve_cut_at(int32_t x0, int32_t kernel_w, int32_t in_w)
{
    persona_mve_cut cut = { 0, kernel_w };
    if (x0 < 0) {
        cut.left = -x0 < kernel_w ? -x0 : kernel_w;
        cut.inside -= cut.left;
    }
    if (x0 + kernel_w > in_w) {
        cut.inside = in_w - x0 - cut.left;
        cut.inside = cut.inside > 0 ? cut.inside : 0;
    }
    return cut;
}

/* Rows of whole vectors: straight to their places. */
PERSONA_INLINE void persona_mve_window_vectors(const persona_conv2d_s8_args *a, const int8_t *x, int32_t y0, int32_t x0,
                                               int8_t *window)
{
    const persona_mve_cut cut = persona_mve_cut_at(x0, a->kernel_w, a->in_w);
    for (int32_t ky = 0; ky < a->kernel_h; ky++) {
        const int32_t y = y0 + ky * a->dilation_h;
        if (y < 0 || y >= a->in_h) {
            window = persona_mve_spread_fill(window, a->in_zero, a->kernel_w * a->in_c);
            continue;
        }
        if (cut.inside == a->kernel_w) {
            window = persona_mve_spread(window, x + (y * a->in_w + x0) * a->in_c, a->kernel_w * a->in_c);
            continue;
        }
        window = persona_mve_spread_fill(window, a->in_zero, cut.left * a->in_c);
        if (cut.inside > 0) {
            window = persona_mve_spread(window, x + (y * a->in_w + x0 + cut.left) * a->in_c, cut.inside * a->in_c);
        }
        window = persona_mve_spread_fill(window, a->in_zero, (a->kernel_w - cut.left - cut.inside) * a->in_c);
    }
}

/* Any window side by side, tap by tap where it must be. */
PERSONA_INLINE void persona_mve_window_border(const persona_conv2d_s8_args *a, const int8_t *x, int32_t y0, int32_t x0,
                                              int8_t *flat)
{
    const int32_t row = a->kernel_w * a->in_c;
    const int whole = a->dilation_w == 1 && x0 >= 0 && x0 + a->kernel_w <= a->in_w;
    for (int32_t ky = 0; ky < a->kernel_h; ky++, flat += row) {
        const int32_t y = y0 + ky * a->dilation_h;
        if (y < 0 || y >= a->in_h) {
            persona_mve_fill(flat, a->in_zero, row);
        } else if (whole) {
            persona_mve_copy(flat, x + (y * a->in_w + x0) * a->in_c, row);
        } else {
            for (int32_t kx = 0; kx < a->kernel_w; kx++) {
                const int32_t column = x0 + kx * a->dilation_w;
                if (column >= 0 && column < a->in_w) {
                    persona_mve_copy(flat + kx * a->in_c, x + (y * a->in_w + column) * a->in_c, a->in_c);
                } else {
                    persona_mve_fill(flat + kx * a->in_c, a->in_zero, a->in_c);
                }
            }
        }
    }
}

PERSONA_INLINE void persona_mve_window_flat(const persona_conv2d_s8_args *a, const int8_t *x, int32_t y0, int32_t x0,
                                            int8_t *flat)
{
    const int32_t row = a->kernel_w * a->in_c, line = a->dilation_h * a->in_w * a->in_c;
    const int32_t last = y0 + (a->kernel_h - 1) * a->dilation_h;
    if (a->dilation_w == 1 && y0 >= 0 && last < a->in_h && x0 >= 0 && x0 + a->kernel_w <= a->in_w) {
        const int8_t *from = x + (y0 * a->in_w + x0) * a->in_c;
        PERSONA_UNROLL_4
        for (int32_t ky = 0; ky < a->kernel_h; ky++, flat += row, from += line) {
            persona_mve_copy(flat, from, row);
        }
    } else {
        persona_mve_window_border(a, x, y0, x0, flat);
    }
}

/* Whether every window is one pixel of the image. */
PERSONA_INLINE int persona_mve_one_pixel(const persona_conv2d_s8_args *a)
{
    return a->kernel_h == 1 && a->kernel_w == 1 && a->pad_h == 0 && a->pad_w == 0 &&
           (a->out_h - 1) * a->stride_h < a->in_h && (a->out_w - 1) * a->stride_w < a->in_w;
}

/* The window whose first tap is at (y0, x0), as number `n` of those at `windows`; `flat` has room for its taps. */
PERSONA_INLINE void persona_mve_window(const persona_conv2d_s8_args *a, const int8_t *x, int32_t y0, int32_t x0,
                                       int8_t *windows, int32_t n, int8_t *flat)
{
    const int32_t taps = a->kernel_h * a->kernel_w * a->in_c;
    if (taps <= PERSONA_MVE_SHORT_TAPS) {
        persona_mve_window_flat(a, x, y0, x0, windows + (taps + 15) / 16 * 16 * n);
    } else if (persona_mve_one_pixel(a)) {
        persona_mve_spread(windows + 16 * n, x + (y0 * a->in_w + x0) * a->in_c, a->in_c);
    } else if (a->in_c % 16 == 0 && a->dilation_w == 1) {
        persona_mve_window_vectors(a, x, y0, x0, windows + 16 * n);
    } else {
        persona_mve_window_flat(a, x, y0, x0, flat);
        persona_mve_spread(windows + 16 * n, flat, taps);
    }
}

#endif
