/* update.h: the life of an edit on the device, from its first byte to the day it is what a reset brings back.
 *
 *             BEGIN              last byte, VERIFY ok         TRY ok
 *   IDLE(0) --------> WRITING(1) ----------------> VERIFIED(2) -----> TRIED(3)
 *    ^  ^                | VERIFY refused             | TRY refused     |   | COMMIT
 *    |  +----------------+----------------------------+                 |   v
 *    +------------- APPLY, from VERIFIED or TRIED ----------------------+  PROBATION(4)
 *    +------------- CONFIRM, REVERT, time is over, reset --------------------+
 *
 * The payload is staged raw at the start of the bank that is not active and becomes the new bank there; the MAC is
 * staged beside it. While an edit is on probation the other bank is the one to go back to, so no edit may begin.
 * Whatever is refused leaves the active bank, the counters and, unless docs/protocol.md says otherwise, the state as
 * they were. Each step may be repeated: what has happened already is answered with OK again.
 *
 * Untrusted: headers, offsets, payloads, MACs and digests that come as arguments. Trusted: the model and the key.
 * Writing is in update.c, what changes the active bank in update_switch.c.
 */
#ifndef PERSONA_UPDATE_H
#define PERSONA_UPDATE_H

#include "bank.h"
#include "counters.h"
#include "edit.h"
#include "history.h"
#include "limits.h"
#include "runner.h"

#define PERSONA_PROBATION_SECONDS 60u /* where COMMIT does not say */

enum { PERSONA_IDLE = 0, PERSONA_WRITING = 1, PERSONA_VERIFIED = 2, PERSONA_TRIED = 3, PERSONA_PROBATION = 4 };

enum { PERSONA_BOOT_FACTORY = 0, PERSONA_BOOT_RESTORED = 1, PERSONA_BOOT_DROPPED = 2 };

/* What is used most comes first, where instructions are short. */
typedef struct {
    uint8_t state;
    uint8_t boot;
    uint8_t last;      /* APPLY or COMMIT, whichever an edit came into force with since boot; 0: none did */
    persona_edit edit; /* the one in progress */
    uint32_t counter;  /* of the last edit that came into force */
    uint32_t received; /* bytes behind the header that are staged */
    const persona_model *model;
    persona_banks *banks;
    persona_counters *counters;
    const persona_key *key;
    uint32_t probation_ms;   /* that are left */
    uint32_t seconds;        /* since reset */
    persona_entry confirmed; /* the bank that a reset brings back */
    persona_limits limits;
    persona_journal journal;
    uint8_t mac[PERSONA_MAC_BYTES];
    persona_history history;
} persona_update;

/* `update` has its pointers and is zero otherwise; the banks hold the factory state. Restores the confirmed edit that
 * `flash` (may be NULL) holds. */
void persona_update_boot(persona_update *update, const persona_flash *flash);

/* `size` bytes of `body` may follow the header at once. */
persona_refusal persona_update_begin(persona_update *update, const uint8_t header[PERSONA_EDIT_HEADER_BYTES],
                                     const uint8_t *body, uint32_t size);

/* Stage `size` bytes of payload and MAC at `offset`, which is at most the number of bytes already there. */
persona_refusal persona_update_write(persona_update *update, uint32_t offset, const uint8_t *bytes, uint32_t size);

persona_refusal persona_update_verify(persona_update *update);

/* Run the trial vectors; `least` of them, and as many as the model wants, must be right. Tells how many that are. */
persona_refusal persona_update_try(persona_update *update, persona_runner *runner, uint32_t *least, uint32_t *right);

/* Bring the edit into force: PERSONA_EVENT_APPLY until the next reset, PERSONA_EVENT_COMMIT on probation for `seconds`.
 * `replaces` is the digest of the bank that the host believes to be active. */
persona_refusal persona_update_switch(persona_update *update, uint8_t event,
                                      const uint8_t replaces[PERSONA_DIGEST_BYTES], uint32_t seconds);

/* End the probation of the bank with `digest` well. */
persona_refusal persona_update_confirm(persona_update *update, const uint8_t digest[PERSONA_DIGEST_BYTES]);

/* Make the other bank the active one again if its digest is `digest`; nothing to do if the active one's is. */
persona_refusal persona_update_revert(persona_update *update, const uint8_t digest[PERSONA_DIGEST_BYTES]);

/* Drop what is not settled: an edit in progress, or the one on probation. */
void persona_update_drop(persona_update *update);

/* Time goes by: limits recover, and a probation comes to its end. */
void persona_update_pass(persona_update *update, uint32_t ms, uint32_t seconds_since_reset);

/* Payload bytes that are staged at the start of the other bank; for the state WRITING. */
uint32_t persona_update_staged(const persona_update *update);

/* BAD_STATE: `wanted` is the lowest state that would do. */
persona_refusal persona_update_out_of_turn(const persona_update *update, uint8_t wanted);

#endif
