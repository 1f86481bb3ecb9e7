/* One window of an int8 image, copied side by side; places outside the image hold its zero point. With that, a
 * convolution is a plain dot product at the border too, and its input offset lies in the bias. */
#ifndef PERSONA_PATCH_S8_H
#define PERSONA_PATCH_S8_H

#include <stdint.h>
#include <string.h>

typedef struct {
    int32_t in_h, in_w, in_c, kernel_h, kernel_w, dilation_h, dilation_w;
    int8_t zero;
} persona_patch_s8;

/* `patch` receives kernel_h * kernel_w * in_c elements of the window whose first tap is at (y0, x0) of `x`. */
static inline void persona_patch_s8_copy(const persona_patch_s8 *p, const int8_t *x, int32_t y0, int32_t x0,
                                         int8_t *patch)
{
    const size_t pixel = (size_t)p->in_c;
    for (int32_t ky = 0; ky < p->kernel_h; ky++) {
        const int32_t y = y0 + ky * p->dilation_h;
        for (int32_t kx = 0; kx < p->kernel_w; kx++, patch += pixel) {
            const int32_t column = x0 + kx * p->dilation_w;
            if (y >= 0 && y < p->in_h && column >= 0 && column < p->in_w) {
                memcpy(patch, x + (y * p->in_w + column) * p->in_c, pixel);
            } else {
                memset(patch, p->zero, pixel);
            }
        }
    }
}

static inline int32_t persona_dot_s8(const int8_t *a, const int8_t *b, int32_t count)
{
    int32_t acc = 0;
    for (int32_t k = 0; k < count; k++) {
        acc += a[k] * b[k];
    }
    return acc;
}

#endif
