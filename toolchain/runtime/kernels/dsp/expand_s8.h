/* Windows of an int8 image in the two forms that the dot products of paired weights take (../packing.h): for each four
 * taps of `columns` windows the first forms, then the second ones. Taps beyond the last, up to whole words, may hold
 * anything: their weights are 0. */
#ifndef PERSONA_DSP_EXPAND_S8_H
#define PERSONA_DSP_EXPAND_S8_H

#include "../conv2d_s8_args.h"
#include "../patch_s8.h"
#include "dot_s8.h"

PERSONA_INLINE persona_patch_s8 persona_expand_patch(const persona_conv2d_s8_args *a)
{
    const persona_patch_s8 window = { a->in_h,     a->in_w,       a->in_c,       a->kernel_h,
                                      a->kernel_w, a->dilation_h, a->dilation_w, (int8_t)a->in_zero };
    return window;
}

/* Where the next taps of a window go. */
typedef struct {
    uint32_t *to;
    int32_t columns;
} persona_expanded;

PERSONA_INLINE void persona_expand_word(persona_expanded *e, uint32_t word)
{
    e->to[0] = persona_taps_first(word);
    e->to[e->columns] = persona_taps_second(word);
    e->to += 2 * e->columns;
}

/* `words` whole ones, each in five instructions and a fraction. */
static uint32_t *persona_expand_words_2(uint32_t *to, const int8_t *from, int32_t words)
{
    persona_expanded e = { to, 2 };
    for (; words >= 4; words -= 4, from += 16) {
#pragma GCC unroll 4
        for (int32_t k = 0; k < 4; k++) {
            persona_expand_word(&e, persona_load_word(from + 4 * k));
        }
    }
    for (; words > 0; words--, from += 4) {
        persona_expand_word(&e, persona_load_word(from));
    }
    return e.to;
}

static uint32_t *persona_expand_words_3(uint32_t *to, const int8_t *from, int32_t words)
{
    persona_expanded e = { to, 3 };
    for (; words >= 4; words -= 4, from += 16) {
#pragma GCC unroll 4
        for (int32_t k = 0; k < 4; k++) {
            persona_expand_word(&e, persona_load_word(from + 4 * k));
        }
    }
    for (; words > 0; words--, from += 4) {
        persona_expand_word(&e, persona_load_word(from));
    }
    return e.to;
}

PERSONA_INLINE void persona_expand_bytes(persona_expanded *e, const int8_t *from, int32_t count)
{
    const int32_t words = count / 4;
    if (words <= 2) {
#pragma GCC unroll 2
        for (int32_t k = 0; k < words; k++) {
            persona_expand_word(e, persona_load_word(from + 4 * k));
        }
    } else {
        e->to = (e->columns == 3 ? persona_expand_words_3 : persona_expand_words_2)(e->to, from, words);
    }
    if ((count & 3) != 0) {
        uint32_t word = 0;
        memcpy(&word, from + 4 * words, (size_t)(count & 3));
        persona_expand_word(e, word);
    }
}

PERSONA_INLINE void persona_expand_same(persona_expanded *e, int8_t value, int32_t count)
{
    const uint32_t word = 0x01010101u * (uint8_t)value;
    for (int32_t k = 0; k < count; k += 4) {
        persona_expand_word(e, word);
    }
}

/* A window whose pixels are whole words. */
PERSONA_INLINE void persona_expand_window(const persona_conv2d_s8_args *a, const int8_t *x, int32_t y0, int32_t x0,
                                          persona_expanded e)
{
    const int32_t line = a->in_w * a->in_c, reach = a->kernel_w;
    int32_t left = 0, inside = reach;
    if (a->dilation_w == 1) {
        left = x0 < 0 ? (x0 < -reach ? reach : -x0) : 0;
        inside = x0 + reach > a->in_w ? a->in_w - x0 - left : reach - left;
    }
    for (int32_t ky = 0; ky < a->kernel_h; ky++) {
        const int32_t y = y0 + ky * a->dilation_h;
        const int8_t *row = x + y * line;
        if (y < 0 || y >= a->in_h) {
            persona_expand_same(&e, (int8_t)a->in_zero, reach * a->in_c);
        } else if (a->dilation_w == 1 && inside == reach) {
            persona_expand_bytes(&e, row + x0 * a->in_c, reach * a->in_c);
        } else {
            for (int32_t kx = 0; kx < reach; kx++) {
                const int32_t column = x0 + kx * a->dilation_w;
                if (column < 0 || column >= a->in_w) {
                    persona_expand_same(&e, (int8_t)a->in_zero, a->in_c);
                } else {
                    persona_expand_bytes(&e, row + column * a->in_c, a->in_c);
                }
            }
        }
    }
}

/* Any other window, by way of its bytes. */
PERSONA_INLINE void persona_expand_odd_window(const persona_conv2d_s8_args *a, const int8_t *x, int32_t y0, int32_t x0,
                                              int8_t *bytes, persona_expanded e)
{
    const int32_t run = a->kernel_w * a->in_c;
    if (a->dilation_w == 1 && x0 >= 0 && x0 + a->kernel_w <= a->in_w && y0 >= 0 &&
        y0 + (a->kernel_h - 1) * a->dilation_h < a->in_h) {
        const int8_t *from = x + (y0 * a->in_w + x0) * a->in_c;
        if (run % 4 == 0) {
            for (int32_t ky = 0; ky < a->kernel_h; ky++) {
                persona_expand_bytes(&e, from + ky * a->dilation_h * a->in_w * a->in_c, run);
            }
            return;
        }
        for (int32_t ky = 0; ky < a->kernel_h; ky++) {
            memcpy(bytes + ky * run, from + ky * a->dilation_h * a->in_w * a->in_c, (size_t)run);
        }
    } else {
        const persona_patch_s8 window = persona_expand_patch(a);
        persona_patch_s8_copy(&window, x, y0, x0, bytes);
    }
    persona_expand_bytes(&e, bytes, a->kernel_h * run);
}

/* The window at (y0, x0) of `x`; `bytes` are row_bytes of memory. */
PERSONA_INLINE void persona_expand(const persona_conv2d_s8_args *a, const int8_t *x, int32_t y0, int32_t x0,
                                   int8_t *bytes, persona_expanded e)
{
    if (a->kernel_h == 1 && a->kernel_w == 1 && a->pad_h == 0 && a->pad_w == 0) {
        persona_expand_bytes(&e, x + (y0 * a->in_w + x0) * a->in_c, a->in_c);
    } else if (a->in_c % 4 == 0) {
        persona_expand_window(a, x, y0, x0, e);
    } else {
        persona_expand_odd_window(a, x, y0, x0, bytes, e);
    }
}

#endif
