#include "update.h"

#include "bytes.h"
#include "codec.h"
#include "mac.h"
#include "trial.h"

#include <string.h>

persona_refusal persona_update_out_of_turn(const persona_update *update, uint8_t wanted)
{
    return persona_refuse(PERSONA_BAD_STATE, wanted, update->state);
}

persona_refusal persona_update_begin(persona_update *update, const uint8_t header[PERSONA_EDIT_HEADER_BYTES],
                                     const uint8_t *body, uint32_t size)
{
    persona_edit edit;
    if (update->state == PERSONA_PROBATION) {
        return persona_update_out_of_turn(update, PERSONA_IDLE);
    }
    memcpy(edit.header, header, sizeof edit.header);
    const persona_refusal verdict = persona_edit_check(&edit, update->model, update->counter, update->key->present);
    if (verdict.code != PERSONA_OK) {
        return verdict;
    }
    if (size > persona_edit_body_bytes(&edit)) {
        return persona_refuse(PERSONA_BAD_OFFSET, persona_edit_body_bytes(&edit), 0);
    }
    update->edit = edit;
    update->received = 0;
    update->state = PERSONA_WRITING;
    return persona_update_write(update, 0, body, size);
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

uint32_t persona_update_staged(const persona_update *update)
{
    return lesser(update->received, persona_edit_payload_bytes(&update->edit));
}

/* Both ends of the piece have been checked. */
static void stage(persona_update *update, uint32_t offset, const uint8_t *bytes, uint32_t size)
{
    uint8_t *const staged = (uint8_t *)persona_bank_borrow(update->banks);
    const uint32_t payload = persona_edit_payload_bytes(&update->edit);
    const uint32_t part = offset < payload ? lesser(size, payload - offset) : 0;
    if (part > 0) {
        memcpy(staged + offset, bytes, part);
    }
    if (part < size) {
        memcpy(update->mac + (offset + part - payload), bytes + part, size - part);
    }
}

persona_refusal persona_update_write(persona_update *update, uint32_t offset, const uint8_t *bytes, uint32_t size)
{
    const uint32_t wanted = persona_edit_body_bytes(&update->edit);
    if (update->state != PERSONA_WRITING) {
        return persona_update_out_of_turn(update, PERSONA_WRITING);
    }
    if (offset > update->received) {
        return persona_refuse(PERSONA_BAD_OFFSET, update->received, offset);
    }
    if (size > wanted - offset) {
        return persona_refuse(PERSONA_BAD_OFFSET, wanted, offset);
    }
    stage(update, offset, bytes, size);
    update->received = offset + size > update->received ? offset + size : update->received;
    return persona_ok();
}

static persona_refusal judge_digest(const persona_update *update, const float *bank)
{
    uint8_t digest[PERSONA_DIGEST_BYTES];
    persona_digest(digest, bank, update->banks->count * (uint32_t)sizeof(float));
    return persona_digest_match(PERSONA_DIGEST_MISMATCH, persona_edit_digest(&update->edit), digest);
}

static persona_refusal build_bank(const persona_update *update)
{
    const persona_edit *const edit = &update->edit;
    const persona_model *const model = update->model;
    float *const bank = persona_bank_borrow(update->banks);
    const bool is_signed = (persona_edit_flags(edit) & PERSONA_FLAG_SIGNED) != 0;
    if (is_signed && !persona_mac_right(update->mac, update->key->key, edit, bank)) {
        return persona_refuse(PERSONA_BAD_MAC, 0, 0);
    }
    const float *const prototype = model->prototypes + (uint32_t)persona_edit_prototype(edit) * model->adaptive_floats;
    const persona_refusal verdict =
        persona_codec_decode(persona_edit_codec(edit), bank, persona_edit_payload_bytes(edit), prototype, model);
    return verdict.code == PERSONA_OK ? judge_digest(update, bank) : verdict;
}

persona_refusal persona_update_verify(persona_update *update)
{
    const uint32_t wanted = persona_edit_body_bytes(&update->edit);
    if (update->state == PERSONA_VERIFIED || update->state == PERSONA_TRIED) {
        return persona_ok();
    }
    if (update->state != PERSONA_WRITING) {
        return persona_update_out_of_turn(update, PERSONA_WRITING);
    }
    if (update->received < wanted) {
        return persona_refuse(PERSONA_EDIT_INCOMPLETE, wanted, update->received);
    }
    const persona_refusal verdict = build_bank(update);
    update->state = verdict.code == PERSONA_OK ? PERSONA_VERIFIED : PERSONA_IDLE;
    return verdict;
}

persona_refusal persona_update_try(persona_update *update, persona_runner *runner, uint32_t *least, uint32_t *right)
{
    const persona_trials *const trials = update->model->trials;
    if (update->state != PERSONA_VERIFIED && update->state != PERSONA_TRIED) {
        return persona_update_out_of_turn(update, PERSONA_VERIFIED);
    }
    if (trials != NULL && *least < trials->least) {
        *least = trials->least;
    }
    *right = persona_trial_right(runner, persona_bank_other(update->banks));
    const bool passed = *right >= *least;
    update->state = passed ? PERSONA_TRIED : PERSONA_IDLE;
    return passed ? persona_ok() : persona_refuse(PERSONA_TRIAL_FAILED, *least, *right);
}
