/* TRANSPOSE of up to six dimensions, elements of 8 bits. */
#ifndef PERSONA_TRANSPOSE_8_H
#define PERSONA_TRANSPOSE_8_H

#include <stdint.h>

typedef struct {
    const int32_t *dims;    /* six output dimensions, outermost first */
    const int32_t *strides; /* of each output dimension in the input */
} persona_transpose_8_args;

static void persona_transpose_8(const persona_transpose_8_args *a, const int8_t *x, int8_t *out)
{
    int32_t place[6] = { 0 };
    int32_t from = 0;
    for (;;) {
        *out++ = x[from];
        int32_t d = 5;
        while (d >= 0 && ++place[d] == a->dims[d]) {
            from -= (a->dims[d] - 1) * a->strides[d];
            place[d--] = 0;
        }
        if (d < 0) {
            return;
        }
        from += a->strides[d];
    }
}

#endif
