/* READ and CONTEXT: what a device holds, in pieces that fit a frame. */
#include "bytes.h"
#include "requests.h"

#include <string.h>

#define REGIONS 4u
#define CONTEXT_FIELDS 10u
#define FLAG_FORGET 1u

enum { REGION_ACTIVE, REGION_OTHER, REGION_STAGED, REGION_OUTPUT };

typedef struct {
    const uint8_t *bytes;
    uint32_t size;
    const uint8_t *noted; /* digest noted when the region was made, NULL: none */
} region;

static region region_of(const persona_device *device, uint8_t which)
{
    const persona_banks *const banks = &device->banks;
    const uint32_t bank_bytes = banks->count * (uint32_t)sizeof(float);
    switch (which) {
    case REGION_ACTIVE:
        return (region){ (const uint8_t *)persona_bank_active(banks), bank_bytes, persona_bank_digest(banks) };
    case REGION_OTHER:
        return (region){ (const uint8_t *)persona_bank_other(banks), bank_bytes,
                         banks->spare ? NULL : persona_bank_other_digest(banks) };
    case REGION_STAGED:
        return (region){ persona_update_staged(&device->update), device->update.received, NULL };
    default:
        return (region){ device->runner.output, device->runner.output_bytes, NULL };
    }
}

static persona_refusal judge_read(const persona_device *device, uint8_t which, uint32_t offset)
{
    if (which >= REGIONS) {
        return persona_refuse(PERSONA_BAD_REGION, REGIONS, which);
    }
    if (which == REGION_STAGED && device->update.state != PERSONA_WRITING) {
        return persona_refuse(PERSONA_BAD_STATE, PERSONA_WRITING, device->update.state);
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

static persona_refusal judge_context(const persona_device *device, uint8_t flags, uint16_t first)
{
    const persona_context *const context = &device->context;
    const uint32_t whole = 1u + CONTEXT_FIELDS + (uint32_t)context->held * context->size;
    if ((flags & ~FLAG_FORGET) != 0) {
        return persona_refuse(PERSONA_BAD_FLAGS, FLAG_FORGET, flags);
    }
    if (first > context->held) {
        return persona_refuse(PERSONA_BAD_OFFSET, context->held, first);
    }
    if ((flags & FLAG_FORGET) != 0 && (first != 0 || whole > device->max_payload)) {
        return persona_refuse(PERSONA_BAD_LENGTH, device->max_payload, whole);
    }
    return persona_ok();
}

persona_refusal persona_handle_context(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    persona_context *const context = &device->context;
    const uint8_t flags = request->payload[0];
    const uint16_t first = persona_get_u16(request->payload + 1);
    const persona_refusal verdict = judge_context(device, flags, first);
    if (verdict.code != PERSONA_OK) {
        return verdict;
    }
    const uint32_t fit = context->size > 0 ? (persona_reply_room(reply) - CONTEXT_FIELDS) / context->size : 0;
    const uint16_t count = (uint16_t)lesser(context->held - (uint32_t)first, fit);
    persona_reply_u16(reply, context->held);
    persona_reply_u16(reply, first);
    persona_reply_u16(reply, count);
    persona_reply_u32(reply, context->serial);
    persona_context_copy(context, first, count, persona_reply_take(reply, (uint32_t)count * context->size));
    if ((flags & FLAG_FORGET) != 0) {
        persona_context_forget(context);
    }
    return verdict;
}
