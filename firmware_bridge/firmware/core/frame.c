#include "frame.h"

#include "bytes.h"

void persona_receiver_init(persona_receiver *receiver, uint8_t *buffer, uint32_t capacity, persona_counters *counters)
{
    *receiver = (persona_receiver){ .buffer = buffer, .capacity = capacity, .counters = counters };
}

static void store(persona_receiver *receiver, uint8_t byte)
{
    const int decoded = persona_cobs_decode(&receiver->decoder, byte);
    if (decoded == PERSONA_COBS_NOTHING || receiver->size > receiver->capacity) {
        return;
    }
    if (receiver->size < receiver->capacity) {
        receiver->buffer[receiver->size] = (uint8_t)decoded;
    }
    receiver->size++;
}

/* The counter of the reason to drop what was received, or PERSONA_RX_FRAMES if it is a frame to accept. */
static uint32_t judge(const persona_receiver *receiver, persona_frame *frame)
{
    const uint8_t *bytes = receiver->buffer;
    if (receiver->size > receiver->capacity) {
        return PERSONA_TOO_LONG;
    }
    if (!persona_cobs_whole(&receiver->decoder)) {
        return PERSONA_BAD_COBS;
    }
    if (receiver->size < PERSONA_FRAME_OVERHEAD) {
        return PERSONA_TOO_SHORT;
    }
    const uint32_t covered = receiver->size - PERSONA_CRC32_BYTES;
    frame->crc = persona_crc32(0, bytes, covered);
    if (frame->crc != persona_get_u32(bytes + covered)) {
        return PERSONA_BAD_CRC;
    }
    frame->type = bytes[1];
    frame->seq = persona_get_u16(bytes + 2);
    frame->payload = bytes + PERSONA_HEADER_BYTES;
    frame->size = covered - PERSONA_HEADER_BYTES;
    return bytes[0] == PERSONA_WIRE_VERSION ? PERSONA_RX_FRAMES : PERSONA_BAD_VERSION;
}

static bool end_of_frame(persona_receiver *receiver, persona_frame *frame)
{
    if (receiver->raw == 0) {
        return false; /* an empty frame is how a host flushes the line */
    }
    const uint32_t verdict = judge(receiver, frame);
    /* Who speaks another version is told which one this is. */
    const bool stranger = verdict == PERSONA_BAD_VERSION && frame->type == PERSONA_FRAME_HELLO && frame->size == 0;
    const bool accepted = verdict == PERSONA_RX_FRAMES || stranger;
    persona_count(receiver->counters, verdict, 1);
    if (!accepted) {
        persona_count(receiver->counters, PERSONA_DISCARDED_BYTES, receiver->raw);
    }
    persona_receiver_init(receiver, receiver->buffer, receiver->capacity, receiver->counters);
    return accepted;
}

bool persona_receiver_feed(persona_receiver *receiver, uint8_t byte, persona_frame *frame)
{
    persona_count(receiver->counters, PERSONA_RX_BYTES, 1);
    if (byte == 0) {
        return end_of_frame(receiver, frame);
    }
    if (receiver->raw < UINT32_MAX) {
        receiver->raw++;
    }
    store(receiver, byte);
    return false;
}

uint32_t persona_frame_seal(uint8_t *to, uint8_t *payload, uint32_t size, uint8_t type, uint16_t seq)
{
    uint8_t *const frame = payload - PERSONA_HEADER_BYTES;
    const uint32_t covered = PERSONA_HEADER_BYTES + size;
    frame[0] = PERSONA_WIRE_VERSION;
    frame[1] = type;
    persona_put_u16(frame + 2, seq);
    persona_put_u32(frame + covered, persona_crc32(0, frame, covered));
    uint32_t length = persona_cobs_encode(to, frame, PERSONA_FRAME_BYTES(size));
    to[length++] = 0;
    return length;
}
