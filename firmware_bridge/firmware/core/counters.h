/* counters.h: what the device counts, in the order in which STATUS reports it (docs/protocol.md).
 *
 * Every discarded byte and every refusal moves a counter; all saturate, so that a full one is never taken for a small
 * one.
 */
#ifndef PERSONA_COUNTERS_H
#define PERSONA_COUNTERS_H

#include <stdint.h>

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
    PERSONA_COUNT_UNKNOWN_TYPE,
    PERSONA_COUNT_BAD_LENGTH,
    PERSONA_COUNT_BAD_STATE,
    PERSONA_COUNT_BAD_OFFSET,
    PERSONA_COUNT_BAD_REGION,
    PERSONA_COUNT_INPUT_INCOMPLETE,
    PERSONA_REFUSED_EDITS,
    PERSONA_INFERENCES,
    PERSONA_COMMITS,
    PERSONA_REVERTS,
    PERSONA_COUNTERS
};

typedef struct {
    uint32_t value[PERSONA_COUNTERS];
} persona_counters;

static inline void persona_count(persona_counters *counters, uint32_t which, uint32_t by)
{
    const uint32_t room = UINT32_MAX - counters->value[which];
    counters->value[which] += by < room ? by : room;
}

#endif
