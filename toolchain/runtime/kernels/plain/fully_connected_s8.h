/* The operator of ../fully_connected_s8.h in plain C. */
#ifndef PERSONA_PLAIN_FULLY_CONNECTED_S8_H
#define PERSONA_PLAIN_FULLY_CONNECTED_S8_H

#include "../fully_connected_s8_args.h"
#include "rows_s8.h"

static void persona_fully_connected_s8(const persona_fully_connected_s8_args *a, const int8_t *x, const int8_t *weights,
                                       int8_t *out)
{
    const persona_rows_s8 rows = { a->scale, NULL, a->bias, weights, a->units, a->depth, a->row_bytes };
    for (int32_t r = 0; r < a->rows; r++, x += a->depth, out += a->units) {
        persona_rows_s8_one(&rows, x, NULL, out);
    }
}

#endif
