/* MEAN on int8 of [outer][count][inner] over the middle, input and output quantised alike: a truncating division. */
#ifndef PERSONA_MEAN_PLAIN_S8_H
#define PERSONA_MEAN_PLAIN_S8_H

#include <stdint.h>

typedef struct {
    int32_t outer, count, inner;
} persona_mean_plain_s8_args;

static void persona_mean_plain_s8(const persona_mean_plain_s8_args *a, const int8_t *x, int8_t *out)
{
    for (int32_t o = 0; o < a->outer; o++, x += a->count * a->inner) {
        for (int32_t i = 0; i < a->inner; i++) {
            int32_t total = 0;
            for (int32_t k = 0; k < a->count; k++) {
                total += x[k * a->inner + i];
            }
            *out++ = (int8_t)(total / a->count);
        }
    }
}

#endif
