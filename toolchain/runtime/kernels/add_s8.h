/* ADD on int8: both inputs at twice the larger scale with 20 bits below the point. `out` may be `left` or `right`. */
#ifndef PERSONA_ADD_S8_H
#define PERSONA_ADD_S8_H

#include "add_one_s8.h"

static void persona_add_s8(const persona_add_s8_args *a, const int8_t *left, const int8_t *right, int8_t *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        out[i] = persona_add_s8_one(a, left[i], right[i]);
    }
}

#endif
