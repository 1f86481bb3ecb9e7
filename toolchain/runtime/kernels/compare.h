/* Which comparison, at run time: one kernel for each type instead of six. */
#ifndef PERSONA_COMPARE_H
#define PERSONA_COMPARE_H

#include "broadcast.h"

enum {
    PERSONA_EQUAL = 0,
    PERSONA_NOT_EQUAL = 1,
    PERSONA_LESS = 2,
    PERSONA_LESS_EQUAL = 3,
    PERSONA_GREATER = 4,
    PERSONA_GREATER_EQUAL = 5
};

/* All three are 0 if one side is NaN. */
static inline uint8_t persona_compared(int32_t operation, int less, int equal, int greater)
{
    switch (operation) {
    case PERSONA_EQUAL:
        return equal != 0;
    case PERSONA_NOT_EQUAL:
        return equal == 0;
    case PERSONA_LESS:
        return less != 0;
    case PERSONA_LESS_EQUAL:
        return less != 0 || equal != 0;
    case PERSONA_GREATER:
        return greater != 0;
    default:
        return greater != 0 || equal != 0;
    }
}

#endif
