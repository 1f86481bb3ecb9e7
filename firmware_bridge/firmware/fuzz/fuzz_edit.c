/* fuzz_edit.c: one edit of any codec, signed or not, right in every field or spoilt in one bit.
 *
 * P10: what VERIFY accepts has the edit's digest. P11: each float of it is finite and within T of its prototype. P17: a
 * signed edit that was changed anywhere is refused. P7, P12: VERIFY leaves the active bank alone, whatever it says.
 *
 * Input: u8 codec, u8 prototype, u8 flags and how to spoil, u8 and u8 where, u8 how much of the rest is the payload.
 */
#include "input.h"
#include "proposal.h"
#include "requests.h"

#include <math.h>
#include <string.h>

enum { SPOIL = 4, SPOIL_AND_SIGN = 8, RAW_HEADER = 16 };

static void check_bounds(const float *bank, const float *prototype)
{
    const persona_model *const model = WORLD_MODEL;
    for (uint32_t t = 0; t < model->tensors_count; t++) {
        const persona_tensor *const tensor = &model->tensors[t];
        for (uint32_t i = tensor->offset; i < tensor->offset + tensor->count; i++) {
            CHECK("P11", isfinite(bank[i]));
            /* Rounding keeps the order, so that the bounds hold to the bit. */
            CHECK("P11", bank[i] >= prototype[i] - tensor->clip && bank[i] <= prototype[i] + tensor->clip);
        }
    }
}

static void verify(const proposal *edit, bool spoilt)
{
    const persona_model *const model = WORLD_MODEL;
    const persona_banks *const banks = &world_device()->banks;
    uint8_t digest[PERSONA_DIGEST_BYTES], active[WORLD_BANK_BYTES];
    memcpy(active, persona_bank_active(banks), sizeof active);
    const uint8_t status = world_ask(PERSONA_VERIFY, NULL, 0);
    CHECK("P12", memcmp(active, persona_bank_active(banks), sizeof active) == 0);
    if (status != PERSONA_OK) {
        CHECK("P11", world_device()->update.state < WORLD_VERIFIED);
        return;
    }
    const float *const staged = persona_bank_other(banks);
    persona_digest(digest, staged, WORLD_BANK_BYTES);
    CHECK("P10", memcmp(digest, edit->bytes + 24, sizeof digest) == 0);
    CHECK("P11", edit->bytes[2] < model->prototypes_count);
    check_bounds(staged, model->prototypes + edit->bytes[2] * WORLD_FLOATS);
    CHECK("P17", !spoilt || (edit->bytes[3] & PROPOSAL_SIGNED) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input = { data, size };
    proposal edit = { .payload = 0 };
    const uint8_t codec = fuzz_u8(&input), prototype = fuzz_u8(&input), how = fuzz_u8(&input);
    const uint32_t place = fuzz_u8(&input) * 8u + fuzz_u8(&input) % 8u;
    edit.payload = fuzz_u8(&input) % (WORLD_BANK_BYTES + 1u);
    (void)fuzz_take(&input, edit.bytes + PROPOSAL_HEADER, edit.payload);
    world_start(8, true);
    proposal_finish(&edit, codec & 7u, prototype & 3u, how & 3u);
    const proposal right = edit;
    if ((how & RAW_HEADER) != 0) {
        (void)fuzz_take(&input, edit.bytes, PROPOSAL_HEADER);
    }
    if ((how & SPOIL) != 0 && place < edit.size * 8u) {
        edit.bytes[place / 8u] ^= (uint8_t)(1u << place % 8u);
    }
    if ((how & SPOIL_AND_SIGN) != 0) {
        proposal_sign(&edit);
    }
    if (proposal_send(&edit) == PERSONA_OK) {
        verify(&edit, (how & SPOIL_AND_SIGN) == 0 && memcmp(edit.bytes, right.bytes, sizeof right.bytes) != 0);
    }
    world_takes_an_edit();
    return 0;
}
