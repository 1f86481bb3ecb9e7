/* PAD of four dimensions on float32. */
#ifndef PERSONA_PAD_F32_H
#define PERSONA_PAD_F32_H

#include <stdint.h>

typedef struct {
    const int32_t *in_dims, *out_dims, *before; /* four each */
    float fill;
} persona_pad_f32_args;

/* Where the place (i, j, k) of the output lies in the input, or -1 outside of it. */
static inline int32_t persona_pad_f32_row(const persona_pad_f32_args *a, int32_t i, int32_t j, int32_t k)
{
    const int32_t y[3] = { i - a->before[0], j - a->before[1], k - a->before[2] };
    int32_t row = 0;
    for (int32_t d = 0; d < 3; d++) {
        if (y[d] < 0 || y[d] >= a->in_dims[d]) {
            return -1;
        }
        row = row * a->in_dims[d] + y[d];
    }
    return row * a->in_dims[3];
}

static void persona_pad_f32(const persona_pad_f32_args *a, const float *x, float *out)
{
    for (int32_t i = 0; i < a->out_dims[0]; i++) {
        for (int32_t j = 0; j < a->out_dims[1]; j++) {
            for (int32_t k = 0; k < a->out_dims[2]; k++) {
                const int32_t row = persona_pad_f32_row(a, i, j, k);
                for (int32_t l = 0; l < a->out_dims[3]; l++) {
                    const int32_t from = l - a->before[3];
                    const int inside = row >= 0 && from >= 0 && from < a->in_dims[3];
                    *out++ = inside ? x[row + from] : a->fill;
                }
            }
        }
    }
}

#endif
