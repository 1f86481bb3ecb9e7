/* journal.h: durable edits, in two slots of a flash memory.
 *
 *     sector 0      the key record (keystore.h)
 *     then          slot A, slot B: each as many whole sectors as a record of the bank needs
 *
 * A record, little-endian; its words are programmed once, each of the two confirm words is a word of its own:
 *
 *      0  u32     "PJ", version, 0
 *      4  u32     sequence: one more than that of the record before
 *      8  u32     counter of the edit
 *     12  u8, u8  prototype, codec; two zeros
 *     16  u8[8]   base fingerprint
 *     24  u8[8]   layout fingerprint
 *     32  u8[8]   digest of the bank
 *     40  u32     bytes of the bank; four zeros
 *     48  u8[16]  BLAKE2s of the 48 bytes above and the bank
 *     64          the bank, filled up with 0xFF to whole words
 *      +  word    first confirm word: every byte 0x5A
 *      +  word    second confirm word: the same
 *
 * A record counts only while it is whole and confirmed: the newest such one is what a reset brings back. A new record
 * goes into the slot that does not hold it, so the only good copy is never erased.
 *
 * persona_journal_open recovers: a slot that is not whole, not confirmed, or does not read the same each time is erased
 * before the device serves anybody, so that its decision stands. A record of another base or layout is left alone and
 * counts as none: its slot is free to be used.
 */
#ifndef PERSONA_JOURNAL_H
#define PERSONA_JOURNAL_H

#include "digest.h"
#include "flash.h"
#include "persona_model.h"
#include "refusal.h"

#define PERSONA_JOURNAL_VERSION 1
#define PERSONA_JOURNAL_NO_SLOT 2u

/* What a record says besides its bank. */
typedef struct {
    uint32_t counter;
    uint8_t prototype;
    uint8_t codec;
    uint8_t digest[PERSONA_DIGEST_BYTES]; /* of the bank */
} persona_entry;

typedef enum { PERSONA_JOURNAL_EMPTY, PERSONA_JOURNAL_RESTORED } persona_found;

typedef struct {
    const persona_flash *flash; /* NULL: there is no storage, and every write is refused with NO_STORAGE */
    const persona_model *model;
    uint32_t sequence; /* of the newest confirmed record */
    uint8_t good;      /* slot of the newest confirmed record, or PERSONA_JOURNAL_NO_SLOT */
    uint8_t pending;   /* slot of the record that waits for its confirmation, or PERSONA_JOURNAL_NO_SLOT */
    bool dropped;      /* opening found a record that did not count and erased it */
} persona_journal;

/* Recover, and read the newest confirmed record of this model into `bank` and `entry`. Where there is none, `bank`
 * holds entry 0 of the prototypes or, without storage, what it held. A flash that is too small, or whose sizes make no
 * sense, counts as none (`journal->flash` is NULL then); `flash` may be NULL. */
persona_found persona_journal_open(persona_journal *journal, const persona_flash *flash, const persona_model *model,
                                   float *bank, persona_entry *entry);

/* Write a record, unconfirmed, and read it back. NO_STORAGE or STORAGE_FAILED leave the confirmed record as it is. */
persona_refusal persona_journal_write(persona_journal *journal, const persona_entry *entry, const float *bank);

/* Confirm the pending record: from here on it is what a reset brings back. STORAGE_FAILED gives it up for good. */
persona_refusal persona_journal_confirm(persona_journal *journal);

/* Give the pending record up; its slot is used again. */
void persona_journal_abandon(persona_journal *journal);

#endif
