/* ARG_MIN over the middle of [outer][count][inner] on float32: the first of equals wins. */
#ifndef PERSONA_ARG_MIN_F32_H
#define PERSONA_ARG_MIN_F32_H

#include <stdint.h>

typedef struct {
    int32_t outer, count, inner;
} persona_arg_min_f32_args;

static void persona_arg_min_f32(const persona_arg_min_f32_args *a, const float *x, int32_t *out)
{
    for (int32_t o = 0; o < a->outer; o++, x += a->count * a->inner) {
        for (int32_t i = 0; i < a->inner; i++) {
            int32_t best = 0;
            for (int32_t k = 1; k < a->count; k++) {
                if (x[k * a->inner + i] < x[best * a->inner + i]) {
                    best = k;
                }
            }
            *out++ = best;
        }
    }
}

#endif
