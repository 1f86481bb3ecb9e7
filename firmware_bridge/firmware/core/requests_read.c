/* READ: what a device holds, in pieces that fit a frame. */
#include "bytes.h"
#include "requests.h"

#include <string.h>

enum { REGION_ACTIVE, REGION_OTHER, REGION_STAGED, REGION_OUTPUT, REGION_HISTORY, REGIONS };

typedef struct {
    const uint8_t *bytes;
    uint32_t size;
    const uint8_t *noted; /* digest noted when the region was made, NULL: none */
} region;

static region region_of(const persona_device *device, uint8_t which)
{
    const persona_banks *const banks = &device->banks;
    const uint32_t bank_bytes = banks->count * (uint32_t)sizeof(float);
    const uint8_t *const other = (const uint8_t *)persona_bank_other(banks);
    switch (which) {
    case REGION_ACTIVE:
        return (region){ (const uint8_t *)persona_bank_active(banks), bank_bytes, persona_bank_entry(banks)->digest };
    case REGION_OTHER:
        return (region){ other, bank_bytes, banks->spare ? NULL : persona_bank_other_entry(banks)->digest };
    case REGION_STAGED:
        return (region){ other, persona_update_staged(&device->update), NULL };
    case REGION_OUTPUT:
        return (region){ device->runner.output, device->runner.output_bytes, NULL };
    default:
        return (region){ device->update.history.events, device->update.history.size, NULL };
    }
}

static persona_refusal judge_read(const persona_device *device, uint8_t which, uint32_t offset)
{
    if (which >= REGIONS) {
        return persona_refuse(PERSONA_BAD_REGION, REGIONS, which);
    }
    if (which == REGION_STAGED && device->update.state != PERSONA_WRITING) {
        return persona_update_out_of_turn(&device->update, PERSONA_WRITING);
    }
    const uint32_t size = region_of(device, which).size;
    return offset <= size ? persona_ok() : persona_refuse(PERSONA_BAD_OFFSET, size, offset);
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* A complete bank is reported with the digest it had when it was made: a host that reads other bytes has found damage.
 */
persona_refusal persona_handle_read(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    const uint8_t which = request->payload[0];
    const uint32_t offset = persona_get_u32(request->payload + 1);
    const persona_refusal verdict = judge_read(device, which, offset);
    if (verdict.code != PERSONA_OK) {
        return verdict;
    }
    const region from = region_of(device, which);
    uint8_t *const digest = persona_reply_take(reply, PERSONA_DIGEST_BYTES);
    if (from.noted != NULL) {
        memcpy(digest, from.noted, PERSONA_DIGEST_BYTES);
    } else {
        persona_digest(digest, from.bytes, from.size);
    }
    const uint32_t asked = lesser(persona_get_u16(request->payload + 5), from.size - offset);
    persona_reply_bytes(reply, from.bytes + offset, lesser(asked, persona_reply_room(reply)));
    return verdict;
}
