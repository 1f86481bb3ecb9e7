/* LOAD and INFER: an input in, an output and its circumstances out. */
#include "bytes.h"
#include "port.h"
#include "requests.h"
#include "trace.h"

#include <stddef.h>

#define FLAG_REMEMBER 1u
#define FLAG_INPUT 2u
#define FLAG_FORGET 4u
#define FLAG_TRACE 8u

persona_refusal persona_handle_load(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    const uint32_t offset = persona_get_u32(request->payload);
    const persona_refusal verdict =
        persona_runner_load(&device->runner, offset, request->payload + 4, request->size - 4u);
    persona_reply_u32(reply, device->runner.loaded);
    return verdict;
}

/* A device without embeddings has nothing to remember, a model without state nothing to forget: it says so instead of
 * ignoring the wish. */
static persona_refusal judge_flags(const persona_device *device, uint8_t flags)
{
    const uint8_t remember = device->context.capacity > 0 ? FLAG_REMEMBER : 0;
    const uint8_t forget = device->model->reset != NULL ? FLAG_FORGET : 0;
    const uint8_t known = remember | FLAG_INPUT | forget | FLAG_TRACE;
    return (flags & ~known) == 0 ? persona_ok() : persona_refuse(PERSONA_BAD_FLAGS, known, flags);
}

static persona_refusal take_input(persona_device *device, uint8_t flags, const uint8_t *bytes, uint32_t size)
{
    const uint32_t wanted = (flags & FLAG_INPUT) != 0 ? device->runner.input_bytes : 0;
    if (size != wanted) {
        return persona_refuse(PERSONA_BAD_LENGTH, 1u + wanted, 1u + size);
    }
    return wanted > 0 ? persona_runner_load(&device->runner, 0, bytes, size) : persona_ok();
}

static persona_refusal run(persona_device *device, uint8_t flags, persona_reply *reply)
{
    const uint8_t bank = persona_bank_index(&device->banks);
    const uint64_t start = persona_port_ticks();
    const float *const adaptive = persona_bank_active(&device->banks);
    const persona_refusal verdict = persona_runner_invoke(&device->runner, adaptive, (flags & FLAG_FORGET) != 0,
                                                          (flags & FLAG_TRACE) != 0 ? persona_trace_send : NULL);
    const uint64_t ticks = persona_port_ticks() - start;
    persona_reply_u8(reply, bank);
    persona_reply_u32(reply, device->banks.generation);
    persona_reply_u32(reply, ticks < UINT32_MAX ? (uint32_t)ticks : UINT32_MAX);
    persona_reply_u32(reply, device->runner.output_bytes);
    persona_reply_bytes(reply, device->runner.output, device->runner.output_bytes);
    return verdict;
}

persona_refusal persona_handle_infer(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    const uint8_t flags = request->payload[0];
    const persona_refusal wrong_flags = judge_flags(device, flags);
    if (wrong_flags.code != PERSONA_OK) {
        return wrong_flags;
    }
    const persona_refusal wrong_input = take_input(device, flags, request->payload + 1, request->size - 1u);
    if (wrong_input.code != PERSONA_OK) {
        return wrong_input;
    }
    const persona_refusal verdict = run(device, flags, reply);
    if (verdict.code == PERSONA_OK) {
        persona_count(&device->counters, PERSONA_INFERENCES, 1);
    }
    if (verdict.code == PERSONA_OK && (flags & FLAG_REMEMBER) != 0) {
        persona_context_remember(&device->context, persona_runner_embedding(&device->runner));
    }
    return verdict;
}
