#include "history.h"

#include "bytes.h"

#include <string.h>

void persona_history_add(persona_history *history, uint8_t event, const persona_banks *banks, uint32_t seconds)
{
    const persona_entry *const entry = persona_bank_entry(banks);
    if (history->size == sizeof history->events) {
        history->size -= PERSONA_EVENT_BYTES;
        memmove(history->events, history->events + PERSONA_EVENT_BYTES, history->size);
    }
    uint8_t *const to = history->events + history->size;
    history->size += PERSONA_EVENT_BYTES;
    persona_put_u32(to, banks->generation);
    persona_put_u32(to + 4, entry->counter);
    to[8] = event;
    to[9] = entry->prototype;
    to[10] = entry->codec;
    to[11] = persona_bank_index(banks);
    memcpy(to + 12, entry->digest, PERSONA_DIGEST_BYTES);
    persona_put_u32(to + 20, seconds);
}
