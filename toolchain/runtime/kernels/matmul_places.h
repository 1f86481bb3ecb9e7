/* Where the matrices of a batched product lie: strides in elements, so that a transposed side needs no copy. */
#ifndef PERSONA_MATMUL_PLACES_H
#define PERSONA_MATMUL_PLACES_H

#include "odometer.h"

/* First fields of the arguments of every batched product. */
#define PERSONA_MATMUL_PLACES                                                                                          \
    int32_t batches, rows, depth, columns;                                                                             \
    int32_t left_row, left_depth, right_depth, right_column;                                                           \
    int32_t rank;                                                                                                      \
    const int32_t *dims, *left_strides, *right_strides /* of the batch dimensions */

#endif
