#include "session.h"

#include "requests.h"

#include <stddef.h>

static persona_refusal carry_out(persona_device *device, const persona_frame *request, persona_reply *reply)
{
    const persona_request *const row = persona_request_of(request->type);
    if (row == NULL) {
        return persona_refuse(PERSONA_UNKNOWN_TYPE, 0, request->type);
    }
    if (row->edits && device->model->adaptive_floats == 0) {
        return persona_refuse(PERSONA_BAD_STATE, 0, 0);
    }
    if (request->size < row->least || (row->exact && request->size > row->least)) {
        return persona_refuse(PERSONA_BAD_LENGTH, row->least, request->size);
    }
    persona_reply_u8(reply, PERSONA_OK);
    return row->handle(device, request, reply);
}

static uint32_t answer_anew(persona_device *device, const persona_frame *request)
{
    uint8_t *const payload = device->send + PERSONA_SEAL_OFFSET(device->max_payload);
    persona_reply reply = { .bytes = payload, .size = 0, .capacity = device->max_payload };
    const persona_refusal verdict = carry_out(device, request, &reply);
    if (verdict.code != PERSONA_OK) {
        persona_count(&device->counters, persona_counter_of(verdict.code), 1);
        persona_reply_refuse(&reply, &verdict);
    }
    return persona_frame_seal(device->send, payload, reply.size, request->type | PERSONA_REPLY, request->seq);
}

uint32_t persona_session_answer(persona_device *device, const persona_frame *request)
{
    const bool again = request->seq == device->last_seq && request->crc == device->last_crc && device->send_bytes > 0;
    if (again) {
        persona_count(&device->counters, PERSONA_REPLAYED, 1);
    } else {
        device->send_bytes = answer_anew(device, request);
        device->last_seq = request->seq;
        device->last_crc = request->crc;
    }
    return device->send_bytes;
}
