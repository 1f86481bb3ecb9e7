/* The operator of ../conv2d_add_s8.h in plain C. */
#ifndef PERSONA_PLAIN_CONV2D_ADD_S8_H
#define PERSONA_PLAIN_CONV2D_ADD_S8_H

#include "../conv2d_add_s8_args.h"
#include "conv2d_rows_s8.h"

static void persona_conv2d_add_s8(const persona_conv2d_add_s8_args *a, const int8_t *x, const int8_t *weights,
                                  const int8_t *other, int8_t *out, int8_t *patches)
{
    persona_conv2d_rows_s8(&a->conv, &a->add, x, weights, other, out, patches);
}

#endif
