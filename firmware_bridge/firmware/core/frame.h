/* frame.h: what stands between two zero bytes of the line: COBS( header | payload | CRC-32 ) 0x00.
 *
 * Header: u8 wire version, u8 type, u16 seq. The receiver is fed byte by byte and never looks back: it decodes into the
 * caller's buffer of `PERSONA_FRAME_BYTES(max_payload)` bytes, and a frame that does not fit is skipped to its
 * delimiter. What it drops, it counts, each dropped frame under exactly one reason.
 *
 *     persona_receiver receiver;
 *     persona_receiver_init(&receiver, buffer, sizeof buffer, &counters);
 *     persona_frame frame;
 *     if (persona_receiver_feed(&receiver, byte, &frame)) answer(&frame);
 *
 * A frame's payload lies in the receiver's buffer and is intact until the next byte is fed.
 *
 * The sender works in place: the payload is written PERSONA_SEAL_OFFSET(max_payload) bytes behind the start of a buffer
 * of PERSONA_SEALED_BYTES(max_payload), and persona_frame_seal turns the buffer into the bytes of the line.
 */
#ifndef PERSONA_FRAME_H
#define PERSONA_FRAME_H

#include "cobs.h"
#include "counters.h"
#include "crc32.h"

#define PERSONA_WIRE_VERSION 2
#define PERSONA_HEADER_BYTES 4
#define PERSONA_FRAME_HELLO 0x01 /* the one type that every version has */
#define PERSONA_FRAME_OVERHEAD (PERSONA_HEADER_BYTES + PERSONA_CRC32_BYTES)
#define PERSONA_FRAME_BYTES(payload) ((payload) + PERSONA_FRAME_OVERHEAD)

/* Bytes in front of the payload while a frame is made, and the size of a frame on the line, its delimiter included. */
#define PERSONA_SEAL_OFFSET(payload) (PERSONA_COBS_OVERHEAD(PERSONA_FRAME_BYTES(payload)) + PERSONA_HEADER_BYTES)
#define PERSONA_SEALED_BYTES(payload) (PERSONA_SEAL_OFFSET(payload) + (payload) + PERSONA_CRC32_BYTES + 1u)

typedef struct {
    uint8_t type;
    uint16_t seq;
    const uint8_t *payload;
    uint32_t size; /* of the payload */
    uint32_t crc;
} persona_frame;

typedef struct {
    uint8_t *buffer;
    uint32_t capacity;
    uint32_t size; /* decoded bytes; capacity + 1 once there were more than fit */
    uint32_t raw;  /* bytes of the line since the last delimiter */
    persona_cobs_decoder decoder;
    persona_counters *counters;
} persona_receiver;

void persona_receiver_init(persona_receiver *receiver, uint8_t *buffer, uint32_t capacity, persona_counters *counters);

/* Take one byte. True when it ended an intact frame of our version, or an empty HELLO of another one, which is then in
 * `frame`. */
bool persona_receiver_feed(persona_receiver *receiver, uint8_t byte, persona_frame *frame);

/* Wrap `size` bytes at `payload`, around which header and CRC are written, into a frame at `to`. Returns its length,
 * the delimiter included. */
uint32_t persona_frame_seal(uint8_t *to, uint8_t *payload, uint32_t size, uint8_t type, uint16_t seq);

#endif
