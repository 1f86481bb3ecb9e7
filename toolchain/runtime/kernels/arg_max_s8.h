/* ARG_MAX over the middle of [outer][count][inner] on int8: the first of equals wins. */
#ifndef PERSONA_ARG_MAX_S8_H
#define PERSONA_ARG_MAX_S8_H

#include <stdint.h>

typedef struct {
    int32_t outer, count, inner;
} persona_arg_max_s8_args;

static void persona_arg_max_s8(const persona_arg_max_s8_args *a, const int8_t *x, int32_t *out)
{
    for (int32_t o = 0; o < a->outer; o++, x += a->count * a->inner) {
        for (int32_t i = 0; i < a->inner; i++) {
            int32_t best = 0;
            for (int32_t k = 1; k < a->count; k++) {
                if (x[k * a->inner + i] > x[best * a->inner + i]) {
                    best = k;
                }
            }
            *out++ = best;
        }
    }
}

#endif
