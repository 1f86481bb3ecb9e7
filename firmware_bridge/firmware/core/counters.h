/* counters.h: what the device counts, in the order in which STATUS reports it (docs/protocol.md).
 *
 * Every discarded frame and every refusal moves one counter of its own; all saturate, so that a full one is never taken
 * for a small one.
 */
#ifndef PERSONA_COUNTERS_H
#define PERSONA_COUNTERS_H

#include "refusal.h"

#include <stdint.h>

/* Codes 1 to 6 and 16 to 39: the codes between do not exist. */
#define PERSONA_CODES_LOW ((uint32_t)PERSONA_INPUT_INCOMPLETE)
#define PERSONA_CODES_HIGH ((uint32_t)(PERSONA_REFUSALS_END - PERSONA_EDIT_VERSION_MISMATCH))

enum {
    PERSONA_RX_BYTES,
    PERSONA_RX_FRAMES,
    PERSONA_DISCARDED_BYTES,
    PERSONA_BAD_COBS,
    PERSONA_TOO_SHORT,
    PERSONA_TOO_LONG,
    PERSONA_BAD_CRC,
    PERSONA_BAD_VERSION,
    PERSONA_REPLAYED,
    PERSONA_REFUSED,
    PERSONA_INFERENCES = PERSONA_REFUSED + PERSONA_CODES_LOW + PERSONA_CODES_HIGH,
    PERSONA_APPLIES, /* these in the order of the events (history.h) */
    PERSONA_COMMITS,
    PERSONA_CONFIRMS,
    PERSONA_REVERTS,
    PERSONA_RAN_OUT,
    PERSONA_COUNTERS
};

typedef struct {
    uint32_t value[PERSONA_COUNTERS];
} persona_counters;

/* The counter of the refusals with `code`. */
static inline uint32_t persona_counter_of(uint8_t code)
{
    return PERSONA_REFUSED +
           (code <= PERSONA_CODES_LOW ? code - 1u : PERSONA_CODES_LOW + code - PERSONA_EDIT_VERSION_MISMATCH);
}

void persona_count(persona_counters *counters, uint32_t which, uint32_t by);

#endif
