/* What the int8 convolutions for Helium share: windows are gathered three at a time, then all channels of the three are
 * computed, 16 by 16. A block's windows are copied before its first output is written, so that the output may take over
 * the input's memory. Scratch memory: the windows, and one side by side if it is not made of vectors. */
#ifndef PERSONA_MVE_CONV2D_BLOCK_S8_H
#define PERSONA_MVE_CONV2D_BLOCK_S8_H

#include "../add_one_s8.h"
#include "scale_s8.h"
#include "window_s8.h"

/* persona_requant of contract 0 by scalars. */
PERSONA_INLINE int32x4_t persona_mve_requant_all(int32x4_t value, int32_t multiplier, int32_t shift)
{
    if (shift > 0) {
        value = vshlq_r_s32(value, shift);
    }
    value = vqrdmulhq_n_s32(value, multiplier);
    if (shift >= 0) {
        return value;
    }
    return vrshlq_n_s32(vaddq_s32(value, vshrq_n_s32(value, 31)), shift);
}

/* persona_add_s8_one of four sums. */
PERSONA_INLINE int32x4_t persona_mve_add(const persona_add_s8_args *a, int32x4_t left, int32x4_t right)
{
    const int32x4_t x =
        persona_mve_requant_all(vshlq_n_s32(vaddq_n_s32(left, -a->a_zero), 20), a->a_multiplier, a->a_shift);
    const int32x4_t y =
        persona_mve_requant_all(vshlq_n_s32(vaddq_n_s32(right, -a->b_zero), 20), a->b_multiplier, a->b_shift);
    const int32x4_t value =
        vaddq_n_s32(persona_mve_requant_all(vaddq_s32(x, y), a->out_multiplier, a->out_shift), a->out_zero);
    return vminq_s32(vmaxq_s32(value, vdupq_n_s32(a->act_min)), vdupq_n_s32(a->act_max));
}

/* Outputs of up to four channels from `c` on of the first `windows` windows; `acc` holds their accumulators, `add` and
 * `other` may be NULL. */
PERSONA_INLINE void persona_mve_outputs(const persona_conv2d_s8_args *a, const persona_add_s8_args *add,
                                        const int32_t *acc, int32_t c, int32_t windows, const int8_t *other,
                                        int8_t *out)
{
    const int32_t count = a->out_c % 4 == 0 || c + 4 <= a->out_c ? 4 : a->out_c - c;
#if PERSONA_ROUNDING == 1
    for (int32_t p = 0; p < windows; p++) {
        for (int32_t k = 0; k < count; k++) {
            const int32_t at = p * a->out_c + c + k;
            const int8_t value = persona_scale_s8_one(&a->scale, acc[p * PERSONA_MVE_CHANNELS + k], c + k);
            out[at] = add == NULL ? value : persona_add_s8_one(add, value, other[at]);
        }
    }
#else
    const persona_mve_scale by = persona_mve_scale_of(&a->scale, c, count);
    for (int32_t p = 0; p < windows; p++) {
        const int32_t at = p * a->out_c + c;
        int32x4_t value = persona_mve_scale_lanes(&a->scale, vldrwq_s32(acc + p * PERSONA_MVE_CHANNELS), by);
        if (add != NULL) {
            const int32x4_t right =
                count == 4 ? vldrbq_s32(other + at) : vldrbq_z_s32(other + at, vctp32q((uint32_t)count));
            value = persona_mve_add(add, value, right);
        }
        persona_mve_store(out + at, value, count);
    }
#endif
}

/* Outputs of 4 * `quads` channels from `c` on of all windows. Pointers that move are what GCC turns into addressing. */
PERSONA_INLINE void persona_mve_quads(const persona_conv2d_s8_args *a, const persona_add_s8_args *add,
                                      const int32_t *acc, int32_t c, int32_t quads, const int8_t *other, int8_t *out)
{
    const int32_t next = 2 * PERSONA_MVE_CHANNELS - 4;
    const int32_t *multiplier = a->scale.multiplier + c * a->scale.step;
    const int8_t *shift = a->scale.shift + c * a->scale.step;
    int8_t *out0 = out + c, *out1 = out0 + a->out_c, *out2 = out1 + a->out_c;
    const int8_t *other0 = other, *other1 = other, *other2 = other;
    if (add != NULL) {
        other0 += c;
        other1 = other0 + a->out_c;
        other2 = other1 + a->out_c;
    }
    for (; quads > 0; quads--) {
        const persona_mve_scale by = a->scale.step == 0
                                         ? persona_mve_scale_of(&a->scale, 0, 4)
                                         : (persona_mve_scale){ vldrwq_s32(multiplier), vldrbq_s32(shift) };
        multiplier += 4;
        shift += 4;
        const int32x4_t sum0 = vldrwq_s32(acc);
        acc += PERSONA_MVE_CHANNELS;
        const int32x4_t sum1 = vldrwq_s32(acc);
        acc += PERSONA_MVE_CHANNELS;
        const int32x4_t sum2 = vldrwq_s32(acc);
        acc -= next;
        int32x4_t value0 = persona_mve_scale_lanes(&a->scale, sum0, by);
        int32x4_t value1 = persona_mve_scale_lanes(&a->scale, sum1, by);
        int32x4_t value2 = persona_mve_scale_lanes(&a->scale, sum2, by);
        if (add != NULL) {
            value0 = persona_mve_add(add, value0, vldrbq_s32(other0));
            other0 += 4;
            value1 = persona_mve_add(add, value1, vldrbq_s32(other1));
            other1 += 4;
            value2 = persona_mve_add(add, value2, vldrbq_s32(other2));
            other2 += 4;
        }
        vstrbq_s32(out0, value0);
        out0 += 4;
        vstrbq_s32(out1, value1);
        out1 += 4;
        vstrbq_s32(out2, value2);
        out2 += 4;
    }
}

PERSONA_INLINE void persona_mve_block(const persona_conv2d_s8_args *a, const persona_add_s8_args *add,
                                      const int8_t *windows, const int8_t *weights, int32_t count, const int8_t *other,
                                      int8_t *out, int32_t *acc)
{
    const persona_mve_dots dots = { windows, a->kernel_h * a->kernel_w * a->in_c, a->row_bytes };
    for (int32_t c = 0; c < a->out_c; c += PERSONA_MVE_CHANNELS) {
        const int32_t left = a->out_c - c;
        const int32_t channels = left < PERSONA_MVE_CHANNELS ? left : PERSONA_MVE_CHANNELS;
        persona_mve_dot(&dots, weights + c * a->row_bytes, a->bias + c, channels, acc);
        int32_t k = 0;
        if (PERSONA_ROUNDING == 0 && count == PERSONA_MVE_WINDOWS) {
            persona_mve_quads(a, add, acc, c, channels / 4, other, out);
            k = channels / 4 * 4;
        }
        for (; k < channels; k += 4) {
            persona_mve_outputs(a, add, acc + k, c + k, count, other, out);
        }
    }
}

/* 1x1 with a stride of 1 over all pixels, whatever the image's shape. */
PERSONA_INLINE void persona_mve_pixels(const persona_conv2d_s8_args *a, const persona_add_s8_args *add, const int8_t *x,
                                       const int8_t *weights, const int8_t *other, int8_t *out, int8_t *windows,
                                       int32_t *acc)
{
    const int32_t vectors = (a->in_c + 15) / 16;
    int32_t count = PERSONA_MVE_WINDOWS;
    for (int32_t left = a->batches * a->out_h * a->out_w; left > 0; left -= count) {
        count = left < count ? left : count;
        for (int32_t n = 0; n < count; n++, x += a->in_c) {
            if (a->in_c <= PERSONA_MVE_SHORT_TAPS) {
                persona_mve_copy(windows + vectors * 16 * n, x, a->in_c);
            } else {
                persona_mve_spread(windows + 16 * n, x, a->in_c);
            }
        }
        persona_mve_block(a, add, windows, weights, count, other, out, acc);
        out += count * a->out_c;
        other = add == NULL ? other : other + count * a->out_c;
    }
}

PERSONA_INLINE void persona_mve_convolution(const persona_conv2d_s8_args *a, const persona_add_s8_args *add,
                                            const int8_t *x, const int8_t *weights, const int8_t *other, int8_t *out,
                                            int8_t *scratch)
{
    const int32_t vectors = (a->kernel_h * a->kernel_w * a->in_c + 15) / 16;
    int8_t *const flat = scratch + vectors * PERSONA_MVE_STEP;
    int32_t acc[PERSONA_MVE_WINDOWS * PERSONA_MVE_CHANNELS];
    int32_t left = a->batches * a->out_h * a->out_w, count = 0;
    if (persona_mve_one_pixel(a) && a->out_h == a->in_h && a->out_w == a->in_w) {
        persona_mve_pixels(a, add, x, weights, other, out, scratch, acc);
        return;
    }
    for (int32_t b = 0; b < a->batches; b++, x += a->in_h * a->in_w * a->in_c) {
        for (int32_t oy = 0; oy < a->out_h; oy++) {
            for (int32_t ox = 0; ox < a->out_w; ox++) {
                persona_mve_window(a, x, oy * a->stride_h - a->pad_h, ox * a->stride_w - a->pad_w, scratch, count,
                                   flat);
                count++;
                left--;
                if (count == PERSONA_MVE_WINDOWS || left == 0) {
                    persona_mve_block(a, add, scratch, weights, count, other, out, acc);
                    out += count * a->out_c;
                    other = add == NULL ? other : other + count * a->out_c;
                    count = 0;
                }
            }
        }
    }
}

#endif
