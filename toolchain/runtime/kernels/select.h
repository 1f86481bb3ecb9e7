/* SELECT and SELECT_V2 with broadcast: condition bytes of 0 or 1, elements of any size. */
#ifndef PERSONA_SELECT_H
#define PERSONA_SELECT_H

#include "odometer.h"

typedef struct {
    int32_t elements;
    int32_t bytes; /* of one element */
    int32_t rank;
    const int32_t *dims;                 /* of the output */
    const int32_t *condition, *yes, *no; /* strides in bytes */
} persona_select_args;

static void persona_select(const persona_select_args *a, const uint8_t *condition, const void *yes, const void *no,
                           void *out)
{
    uint8_t *to = out;
    int32_t places[3][PERSONA_MAX_RANK] = { { 0 } };
    int32_t at[3] = { 0 };
    for (int32_t i = 0; i < a->elements; i++, to += a->bytes) {
        const uint8_t *from = condition[at[0]] ? (const uint8_t *)yes + at[1] : (const uint8_t *)no + at[2];
        persona_move(to, from, a->bytes);
        at[0] += persona_step(a->rank, a->dims, a->condition, places[0]);
        at[1] += persona_step(a->rank, a->dims, a->yes, places[1]);
        at[2] += persona_step(a->rank, a->dims, a->no, places[2]);
    }
}

#endif
