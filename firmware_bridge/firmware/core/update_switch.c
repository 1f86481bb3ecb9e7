/* What changes the active bank, or what a reset brings back. */
#include "bytes.h"
#include "update.h"

#include <string.h>

#define MS 1000u

static void count(const persona_update *update, uint8_t event)
{
    persona_count(update->counters, PERSONA_APPLIES - PERSONA_EVENT_APPLY + (uint32_t)event, 1);
}

static void happened(persona_update *update, uint8_t event)
{
    persona_history_add(&update->history, event, update->banks, update->seconds);
    count(update, event);
}

void persona_update_boot(persona_update *update, const persona_flash *flash)
{
    persona_banks *const banks = update->banks;
    persona_entry entry;
    const persona_found found = persona_journal_open(&update->journal, flash, update->model, banks->floats[0], &entry);
    if (found == PERSONA_JOURNAL_RESTORED) {
        banks->entry[0] = entry;
        update->counter = entry.counter;
        update->boot = PERSONA_BOOT_RESTORED;
        persona_history_add(&update->history, PERSONA_EVENT_RESTORED, banks, 0);
    }
    if (update->journal.dropped) {
        update->boot = PERSONA_BOOT_DROPPED;
    }
    update->confirmed = banks->entry[0];
}

/* Whether this asks for a switch that has already happened: its reply was lost on the way. */
static bool is_repetition(const persona_update *update, uint8_t event, const uint8_t replaces[PERSONA_DIGEST_BYTES])
{
    const persona_banks *const banks = update->banks;
    return update->last == event && !banks->spare && persona_bank_entry(banks)->counter == update->counter &&
           persona_digest_equal(persona_bank_other_entry(banks)->digest, replaces);
}

static persona_refusal judge_active(const persona_update *update, const uint8_t digest[PERSONA_DIGEST_BYTES])
{
    return persona_digest_match(PERSONA_STALE_BANK, persona_bank_entry(update->banks)->digest, digest);
}

static persona_refusal judge_switch(persona_update *update, bool durable, const uint8_t replaces[PERSONA_DIGEST_BYTES])
{
    const uint8_t least = durable ? PERSONA_TRIED : PERSONA_VERIFIED;
    const uint8_t verb = durable ? PERSONA_FLAG_DURABLE : 0;
    const uint8_t flags = persona_edit_flags(&update->edit);
    if (update->state < least || update->state > PERSONA_TRIED) {
        return persona_update_out_of_turn(update, least);
    }
    if ((flags & PERSONA_FLAG_DURABLE) != verb) {
        return persona_refuse(PERSONA_WRONG_VERB, verb, flags);
    }
    const persona_refusal stale = judge_active(update, replaces);
    if (stale.code != PERSONA_OK) {
        return stale;
    }
    if (durable && update->journal.flash == NULL) {
        return persona_refuse(PERSONA_NO_STORAGE, 0, 0);
    }
    return durable ? persona_limits_commit(&update->limits) : persona_limits_switch(&update->limits);
}

static void describe(persona_entry *entry, const persona_edit *edit)
{
    entry->counter = persona_edit_counter(edit);
    entry->prototype = persona_edit_prototype(edit);
    entry->codec = persona_edit_codec(edit);
    memcpy(entry->digest, persona_edit_digest(edit), PERSONA_DIGEST_BYTES);
}

persona_refusal persona_update_switch(persona_update *update, uint8_t event,
                                      const uint8_t replaces[PERSONA_DIGEST_BYTES], uint32_t seconds)
{
    const bool durable = event == PERSONA_EVENT_COMMIT;
    if (is_repetition(update, event, replaces)) {
        return persona_ok();
    }
    persona_entry entry;
    describe(&entry, &update->edit);
    persona_refusal verdict = judge_switch(update, durable, replaces);
    if (verdict.code == PERSONA_OK && durable) {
        verdict = persona_journal_write(&update->journal, &entry, persona_bank_other(update->banks));
    }
    if (verdict.code != PERSONA_OK) {
        return verdict;
    }
    persona_bank_return(update->banks, &entry);
    persona_bank_switch(update->banks);
    update->last = event;
    update->counter = entry.counter;
    update->state = durable ? PERSONA_PROBATION : PERSONA_IDLE;
    update->probation_ms = (seconds > 0 ? seconds : PERSONA_PROBATION_SECONDS) * MS;
    happened(update, event);
    return verdict;
}

persona_refusal persona_update_confirm(persona_update *update, const uint8_t digest[PERSONA_DIGEST_BYTES])
{
    if (update->state != PERSONA_PROBATION) {
        const bool again = update->confirmed.counter > 0 && persona_digest_equal(update->confirmed.digest, digest);
        return again ? persona_ok() : persona_update_out_of_turn(update, PERSONA_PROBATION);
    }
    persona_refusal verdict = judge_active(update, digest);
    if (verdict.code == PERSONA_OK) {
        verdict = persona_journal_confirm(&update->journal);
    }
    if (verdict.code == PERSONA_OK) {
        update->confirmed = *persona_bank_entry(update->banks);
        update->state = PERSONA_IDLE;
        happened(update, PERSONA_EVENT_CONFIRM);
    }
    return verdict;
}

/* The other bank is active again, and no edit is in progress. */
static void go_back(persona_update *update, uint8_t event)
{
    persona_journal_abandon(&update->journal);
    persona_bank_switch(update->banks);
    update->state = PERSONA_IDLE;
    happened(update, event);
}

persona_refusal persona_update_revert(persona_update *update, const uint8_t digest[PERSONA_DIGEST_BYTES])
{
    const uint8_t *const other = persona_bank_other_entry(update->banks)->digest;
    if (persona_digest_equal(persona_bank_entry(update->banks)->digest, digest)) {
        return persona_ok();
    }
    if (update->banks->spare || !persona_digest_equal(other, digest)) {
        return persona_refuse(PERSONA_NOTHING_TO_REVERT, persona_get_u32(other), persona_get_u32(digest));
    }
    /* Giving up what is on probation is never made to wait. */
    const bool free = update->state == PERSONA_PROBATION;
    const persona_refusal verdict = free ? persona_ok() : persona_limits_switch(&update->limits);
    if (verdict.code == PERSONA_OK) {
        go_back(update, PERSONA_EVENT_REVERT);
    }
    return verdict;
}

void persona_update_drop(persona_update *update)
{
    if (update->state == PERSONA_PROBATION) {
        go_back(update, PERSONA_EVENT_REVERT);
    } else if (update->state != PERSONA_IDLE) {
        update->state = PERSONA_IDLE;
        count(update, PERSONA_EVENT_REVERT);
    }
}

void persona_update_pass(persona_update *update, uint32_t ms, uint32_t seconds_since_reset)
{
    update->seconds = seconds_since_reset;
    persona_limits_pass(&update->limits, ms);
    if (update->state == PERSONA_PROBATION && update->probation_ms <= ms) {
        go_back(update, PERSONA_EVENT_RAN_OUT);
    }
    update->probation_ms -= update->probation_ms < ms ? update->probation_ms : ms;
}
