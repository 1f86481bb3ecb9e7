/* CONTEXT, SUMMARY and WATCH: the embeddings that were remembered, what they have in common, and whether they moved. */
#include "bytes.h"
#include "requests.h"

#define CONTEXT_FIELDS 10u
#define FLAG_FORGET 1u
#define FLAG_REFER 1u

static uint32_t lesser(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
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

persona_refusal persona_handle_summary(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    const persona_context *const context = &device->context;
    const uint32_t size = context->held > 0 ? context->size : 0;
    const uint32_t first = request->size == 2 ? persona_get_u16(request->payload) : 0;
    if (request->size != 0 && request->size != 2) {
        return persona_refuse(PERSONA_BAD_LENGTH, 0, request->size);
    }
    if (first > size) {
        return persona_refuse(PERSONA_BAD_OFFSET, size, first);
    }
    persona_reply_u16(reply, context->held);
    persona_reply_u32(reply, context->serial);
    const uint32_t count = lesser(size - first, persona_reply_room(reply) / 2u);
    uint8_t *const means = persona_reply_take(reply, count), *const spreads = persona_reply_take(reply, count);
    for (uint32_t i = 0; i < count; i++) {
        const persona_moments *const moments = &context->moments[first + i];
        means[i] = (uint8_t)persona_moments_mean(moments, context->held);
        spreads[i] = persona_moments_spread(moments, context->held);
    }
    return persona_ok();
}

persona_refusal persona_handle_watch(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    persona_context *const context = &device->context;
    const uint8_t flags = request->payload[0];
    if ((flags & ~FLAG_REFER) != 0) {
        return persona_refuse(PERSONA_BAD_FLAGS, FLAG_REFER, flags);
    }
    persona_reply_u16(reply, context->held);
    persona_reply_u32(reply, context->serial);
    persona_reply_u32(reply, persona_context_drift(context));
    persona_reply_u32(reply, device->banks.generation);
    persona_reply_u32(reply, device->update.counter);
    persona_reply_u8(reply, device->update.state);
    if ((flags & FLAG_REFER) != 0) {
        persona_context_refer(context);
    }
    return persona_ok();
}
