/* history.h: the last changes of the active bank, as READ tells them (docs/protocol.md, "The history"). */
#ifndef PERSONA_HISTORY_H
#define PERSONA_HISTORY_H

#include "bank.h"

#define PERSONA_HISTORY_EVENTS 8u
#define PERSONA_EVENT_BYTES 24u

enum {
    PERSONA_EVENT_APPLY = 1,
    PERSONA_EVENT_COMMIT = 2,
    PERSONA_EVENT_CONFIRM = 3,
    PERSONA_EVENT_REVERT = 4,
    PERSONA_EVENT_RAN_OUT = 5, /* a probation */
    PERSONA_EVENT_RESTORED = 6
};

typedef struct {
    uint32_t size;                                                /* bytes of `events` in use */
    uint8_t events[PERSONA_HISTORY_EVENTS * PERSONA_EVENT_BYTES]; /* the oldest first */
} persona_history;

/* `banks` are as the event left them; `seconds` since reset. The oldest event makes room. */
void persona_history_add(persona_history *history, uint8_t event, const persona_banks *banks, uint32_t seconds);

#endif
