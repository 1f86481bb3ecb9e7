/* Which inputs of a transposed convolution reach one output along one axis. */
#ifndef PERSONA_SCATTER_H
#define PERSONA_SCATTER_H

#include <stdint.h>

typedef struct {
    int32_t begin, end;
} persona_sources;

/* Input i reaches place `at` (padding added) through tap `at - i * stride`, if there is one; `at` >= 0. */
static inline persona_sources persona_sources_of(int32_t at, int32_t kernel, int32_t stride, int32_t size)
{
    persona_sources sources = { 0, at / stride + 1 };
    if (at >= kernel) {
        sources.begin = (at - kernel) / stride + 1;
    }
    if (sources.end > size) {
        sources.end = size;
    }
    return sources;
}

#endif
