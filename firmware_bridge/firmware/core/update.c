#include "update.h"

#include "bytes.h"
#include "codec.h"

#include <string.h>

void persona_update_init(persona_update *update, const persona_model *model, persona_banks *banks)
{
    memset(update, 0, sizeof *update);
    update->model = model;
    update->banks = banks;
}

persona_refusal persona_update_begin(persona_update *update, const uint8_t header[PERSONA_EDIT_HEADER_BYTES])
{
    persona_edit edit;
    persona_edit_parse(&edit, header);
    const persona_refusal verdict = persona_edit_check(&edit, update->model, update->counter);
    if (verdict.code == PERSONA_OK) {
        (void)persona_bank_borrow(update->banks);
        update->edit = edit;
        update->received = 0;
        update->state = PERSONA_WRITING;
    }
    return verdict;
}

static uint32_t end_of(uint32_t offset, uint32_t size, uint32_t before)
{
    return offset + size > before ? offset + size : before;
}

persona_refusal persona_update_write(persona_update *update, uint32_t offset, const uint8_t *bytes, uint32_t size)
{
    const uint32_t wanted = update->edit.payload_bytes;
    if (update->state != PERSONA_WRITING) {
        return persona_refuse(PERSONA_BAD_STATE, PERSONA_WRITING, update->state);
    }
    if (offset > update->received) {
        return persona_refuse(PERSONA_BAD_OFFSET, update->received, offset);
    }
    if (size > wanted - offset) {
        return persona_refuse(PERSONA_BAD_OFFSET, wanted, offset);
    }
    uint8_t *const staged = (uint8_t *)persona_bank_borrow(update->banks);
    memcpy(staged + offset, bytes, size);
    update->received = end_of(offset, size, update->received);
    return persona_ok();
}

static persona_refusal judge_digest(const persona_update *update, const float *bank)
{
    uint8_t digest[PERSONA_DIGEST_BYTES];
    persona_digest(digest, bank, update->banks->count * (uint32_t)sizeof(float));
    if (persona_digest_equal(digest, update->edit.digest)) {
        return persona_ok();
    }
    return persona_refuse(PERSONA_DIGEST_MISMATCH, persona_get_u32(update->edit.digest), persona_get_u32(digest));
}

static persona_refusal build_bank(const persona_update *update)
{
    float *const bank = persona_bank_borrow(update->banks);
    const float *const prototype = persona_edit_prototype(&update->edit, update->model);
    const persona_refusal verdict = persona_codec_decode(update->edit.codec, bank, prototype, update->model);
    return verdict.code == PERSONA_OK ? judge_digest(update, bank) : verdict;
}

persona_refusal persona_update_verify(persona_update *update)
{
    if (update->state == PERSONA_VERIFIED) {
        return persona_ok();
    }
    if (update->state != PERSONA_WRITING) {
        return persona_refuse(PERSONA_BAD_STATE, PERSONA_WRITING, update->state);
    }
    if (update->received < update->edit.payload_bytes) {
        return persona_refuse(PERSONA_EDIT_INCOMPLETE, update->edit.payload_bytes, update->received);
    }
    const persona_refusal verdict = build_bank(update);
    update->state = verdict.code == PERSONA_OK ? PERSONA_VERIFIED : PERSONA_IDLE;
    return verdict;
}

/* Whether a COMMIT asks for a switch that has already happened: its reply was lost on the way. */
static bool is_repetition(const persona_update *update, const uint8_t replaces[PERSONA_DIGEST_BYTES])
{
    return update->state == PERSONA_IDLE && update->committed && !update->banks->spare &&
           persona_digest_equal(persona_bank_digest(update->banks), update->last) &&
           persona_digest_equal(persona_bank_other_digest(update->banks), replaces);
}

persona_refusal persona_update_commit(persona_update *update, const uint8_t replaces[PERSONA_DIGEST_BYTES])
{
    if (is_repetition(update, replaces)) {
        return persona_ok();
    }
    if (update->state != PERSONA_VERIFIED) {
        return persona_refuse(PERSONA_BAD_STATE, PERSONA_VERIFIED, update->state);
    }
    const uint8_t *const active = persona_bank_digest(update->banks);
    if (!persona_digest_equal(active, replaces)) {
        return persona_refuse(PERSONA_STALE_BANK, persona_get_u32(active), persona_get_u32(replaces));
    }
    persona_bank_switch(update->banks, update->edit.digest);
    memcpy(update->last, update->edit.digest, PERSONA_DIGEST_BYTES);
    update->committed = true;
    update->counter = update->edit.counter;
    update->state = PERSONA_IDLE;
    return persona_ok();
}

persona_refusal persona_update_revert(const persona_update *update, const uint8_t digest[PERSONA_DIGEST_BYTES])
{
    const uint8_t *const other = persona_bank_other_digest(update->banks);
    if (persona_digest_equal(persona_bank_digest(update->banks), digest)) {
        return persona_ok();
    }
    if (update->banks->spare || !persona_digest_equal(other, digest)) {
        return persona_refuse(PERSONA_NOTHING_TO_REVERT, persona_get_u32(other), persona_get_u32(digest));
    }
    persona_bank_switch(update->banks, digest);
    return persona_ok();
}

bool persona_update_drop(persona_update *update)
{
    const bool dropped = update->state != PERSONA_IDLE;
    update->state = PERSONA_IDLE;
    return dropped;
}

const uint8_t *persona_update_staged(const persona_update *update)
{
    return update->state == PERSONA_WRITING ? (const uint8_t *)persona_bank_other(update->banks) : NULL;
}
