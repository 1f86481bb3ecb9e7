/* Indices that come from outside: out of range means the nearest row, never memory that is not the table's. */
#ifndef PERSONA_ROW_INDEX_H
#define PERSONA_ROW_INDEX_H

#include <stdint.h>

static inline int32_t persona_row_index(int32_t index, int32_t rows)
{
    return index < 0 ? 0 : index >= rows ? rows - 1 : index;
}

#endif
