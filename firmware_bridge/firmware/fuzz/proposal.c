#include "proposal.h"

#include "blake2s.h"
#include "bytes.h"
#include "codec.h"
#include "requests.h"

#include <string.h>

#define CODEC_AT 1u
#define FLAGS_AT 3u
#define BASE_AT 8u
#define LAYOUT_AT 16u
#define DIGEST_AT 24u
#define LENGTH_AT 32u
#define LONG_ENOUGH_MS 600000u
#define IN_BEGIN 24u /* bytes of the payload that travel with the header, so that both ways are walked */

static void note_digest(proposal *edit, const float *prototype)
{
    const uint8_t codec = edit->bytes[CODEC_AT];
    float bank[WORLD_FLOATS] = { 0 };
    memcpy(bank, edit->bytes + PROPOSAL_HEADER, edit->payload);
    if (codec < 32u && (persona_codecs(WORLD_MODEL) >> codec & 1u) != 0 &&
        persona_codec_length(codec, edit->payload, WORLD_MODEL).code == PERSONA_OK) {
        (void)persona_codec_decode(codec, bank, edit->payload, prototype, WORLD_MODEL);
    }
    persona_digest(edit->bytes + DIGEST_AT, bank, sizeof bank);
}

void proposal_sign(proposal *edit)
{
    persona_blake2s hash;
    const uint32_t covered = PROPOSAL_HEADER + edit->payload;
    edit->size = covered;
    if (world_key() != NULL && (edit->bytes[FLAGS_AT] & PROPOSAL_SIGNED) != 0) {
        persona_blake2s_init(&hash, PROPOSAL_MAC, world_key(), PERSONA_KEY_BYTES);
        persona_blake2s_update(&hash, edit->bytes, covered);
        persona_blake2s_final(&hash, edit->bytes + covered);
        edit->size += PROPOSAL_MAC;
    }
}

void proposal_finish(proposal *edit, uint8_t codec, uint8_t prototype, uint8_t flags)
{
    const persona_model *const model = WORLD_MODEL;
    uint8_t *const header = edit->bytes;
    header[0] = PERSONA_EDIT_VERSION;
    header[CODEC_AT] = codec;
    header[2] = prototype;
    header[FLAGS_AT] = flags;
    persona_put_u32(header + 4, world_device()->update.counter + 1);
    memcpy(header + BASE_AT, model->base, PERSONA_FINGERPRINT_BYTES);
    memcpy(header + LAYOUT_AT, model->layout, PERSONA_FINGERPRINT_BYTES);
    persona_put_u32(header + LENGTH_AT, edit->payload);
    note_digest(edit, model->prototypes + prototype % model->prototypes_count * WORLD_FLOATS);
    proposal_sign(edit);
}

uint8_t proposal_send(const proposal *edit)
{
    const uint32_t first = edit->size < PROPOSAL_HEADER + IN_BEGIN ? edit->size : PROPOSAL_HEADER + IN_BEGIN;
    uint8_t payload[4 + WORLD_BANK_BYTES + PROPOSAL_MAC];
    const uint8_t status = world_ask(PERSONA_BEGIN, edit->bytes, first);
    if (status != PERSONA_OK || first == edit->size) {
        return status;
    }
    persona_put_u32(payload, first - PROPOSAL_HEADER);
    memcpy(payload + 4, edit->bytes + first, edit->size - first);
    return world_ask(PERSONA_WRITE, payload, 4 + edit->size - first);
}

void world_takes_an_edit(void)
{
    proposal edit = { .payload = 0 };
    const uint8_t nothing[1 + PERSONA_DIGEST_BYTES] = { 0 };
    world_advance(LONG_ENOUGH_MS);
    (void)world_ask(PERSONA_REVERT, nothing, sizeof nothing);
    if (world_device()->update.counter == UINT32_MAX) {
        return; /* no counter exceeds it: whoever holds the key has used them up */
    }
    memset(edit.bytes + PROPOSAL_HEADER, 1, WORLD_FLOATS);
    edit.payload = WORLD_FLOATS;
    proposal_finish(&edit, PERSONA_CODEC_INT8, 1, world_key() != NULL ? PROPOSAL_SIGNED : 0);
    CHECK("P13", proposal_send(&edit) == PERSONA_OK);
    CHECK("P13", world_ask(PERSONA_VERIFY, NULL, 0) == PERSONA_OK);
    CHECK("P13", world_ask(PERSONA_APPLY, persona_bank_entry(&world_device()->banks)->digest, PERSONA_DIGEST_BYTES) ==
                     PERSONA_OK);
    CHECK("P7", memcmp(persona_bank_entry(&world_device()->banks)->digest, edit.bytes + 24, PERSONA_DIGEST_BYTES) == 0);
}
