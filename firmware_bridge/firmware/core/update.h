/* update.h: the life of an edit on the device: BEGIN, WRITE until it is whole, VERIFY, COMMIT; or dropped on the way.
 *
 *             BEGIN                last WRITE             VERIFY ok
 *   IDLE(0) --------> WRITING(1) ---------------------------------> VERIFIED(2)
 *    ^  ^                | VERIFY refused, drop                        |
 *    |  +----------------+                                             |
 *    +----------------------------- COMMIT, drop ----------------------+
 *
 * The payload is staged raw at the start of the bank that is not active and becomes the new bank in place. Whatever is
 * refused leaves the active bank, the counter and, unless docs/protocol.md says otherwise, the state as they were.
 * Each step may be repeated: WRITE is by absolute offset, VERIFY of a verified edit and COMMIT of a committed one
 * answer the same again.
 *
 * Untrusted: headers, offsets, payloads and digests that come as arguments. Trusted: the model.
 */
#ifndef PERSONA_UPDATE_H
#define PERSONA_UPDATE_H

#include "bank.h"
#include "edit.h"

enum { PERSONA_IDLE = 0, PERSONA_WRITING = 1, PERSONA_VERIFIED = 2 };

typedef struct {
    const persona_model *model;
    persona_banks *banks;
    uint8_t state;
    bool committed;    /* whether `last` is the digest of a committed edit */
    uint32_t counter;  /* of the last committed edit */
    uint32_t received; /* payload bytes that are staged */
    persona_edit edit; /* the one in progress */
    uint8_t last[PERSONA_DIGEST_BYTES];
} persona_update;

void persona_update_init(persona_update *update, const persona_model *model, persona_banks *banks);

persona_refusal persona_update_begin(persona_update *update, const uint8_t header[PERSONA_EDIT_HEADER_BYTES]);

/* Stage `size` payload bytes at `offset`, which is at most the number of bytes already there. */
persona_refusal persona_update_write(persona_update *update, uint32_t offset, const uint8_t *bytes, uint32_t size);

persona_refusal persona_update_verify(persona_update *update);

/* `replaces` is the digest of the bank that the host believes to be active. */
persona_refusal persona_update_commit(persona_update *update, const uint8_t replaces[PERSONA_DIGEST_BYTES]);

/* Make the other bank the active one again if its digest is `digest`; nothing to do if the active one's is. */
persona_refusal persona_update_revert(const persona_update *update, const uint8_t digest[PERSONA_DIGEST_BYTES]);

/* Drop an edit in progress. Returns whether there was one. */
bool persona_update_drop(persona_update *update);

/* The staged payload, NULL unless one is being written; `received` bytes of it are there. */
const uint8_t *persona_update_staged(const persona_update *update);

#endif
