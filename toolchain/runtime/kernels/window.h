/* Fields that every sliding-window kernel has, and how a window is cut at the border. */
#ifndef PERSONA_WINDOW_H
#define PERSONA_WINDOW_H

#include <stdint.h>

typedef struct {
    int32_t begin; /* first tap inside the input */
    int32_t end;   /* one past the last */
} persona_taps;

/* Taps of a window of `kernel` taps, `dilation` apart, that starts at `origin` and lies within [0, size). */
static inline persona_taps persona_taps_inside(int32_t origin, int32_t kernel, int32_t dilation, int32_t size)
{
    persona_taps taps = { 0, kernel };
    while (taps.begin < kernel && origin + taps.begin * dilation < 0) {
        taps.begin++;
    }
    while (taps.end > taps.begin && origin + (taps.end - 1) * dilation >= size) {
        taps.end--;
    }
    return taps;
}

#endif
