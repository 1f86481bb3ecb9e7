/* The walk of an element-wise kernel over two operands of broadcastable shapes: rows of `inner` elements. */
#ifndef PERSONA_BROADCAST_H
#define PERSONA_BROADCAST_H

#include <stdint.h>

#define PERSONA_BROADCAST_RANK 5

typedef struct {
    int32_t rows, inner;
    int32_t a_step, b_step;               /* 1, or 0 where an operand stands still within a row */
    int32_t dims[PERSONA_BROADCAST_RANK]; /* of the rows, innermost first */
    int32_t a_strides[PERSONA_BROADCAST_RANK], b_strides[PERSONA_BROADCAST_RANK];
} persona_broadcast;

/* Where a row starts. Begin with all zero. */
typedef struct {
    int32_t a, b;
    int32_t index[PERSONA_BROADCAST_RANK];
} persona_broadcast_row;

static inline void persona_broadcast_next(const persona_broadcast *walk, persona_broadcast_row *row)
{
    for (int32_t d = 0; d < PERSONA_BROADCAST_RANK; d++) {
        row->a += walk->a_strides[d];
        row->b += walk->b_strides[d];
        if (++row->index[d] < walk->dims[d]) {
            return;
        }
        row->a -= walk->a_strides[d] * walk->dims[d];
        row->b -= walk->b_strides[d] * walk->dims[d];
        row->index[d] = 0;
    }
}

#endif
