/* Which elements a reduction takes together: for each output a first place, and from there runs of `length`. */
#ifndef PERSONA_REDUCE_PLACES_H
#define PERSONA_REDUCE_PLACES_H

#include "odometer.h"

/* First fields of every reduction's arguments; strides count elements. */
#define PERSONA_REDUCE_PLACES                                                                                          \
    int32_t outputs, runs;                                                                                             \
    int32_t length, stride; /* of one run */                                                                           \
    int32_t kept_rank;                                                                                                 \
    const int32_t *kept_dims, *kept_strides;                                                                           \
    int32_t reduced_rank;                                                                                              \
    const int32_t *reduced_dims, *reduced_strides

#endif
