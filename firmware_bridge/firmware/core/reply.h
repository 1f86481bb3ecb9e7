/* reply.h: the payload of a reply while it is being made, in a buffer with a fixed capacity.
 *
 * What does not fit is not written, and `size` stays within `capacity`; handlers ask persona_reply_room for what may be
 * long, and the smallest legal capacity (PERSONA_LEAST_PAYLOAD) holds every reply of fixed length.
 */
#ifndef PERSONA_REPLY_H
#define PERSONA_REPLY_H

#include "refusal.h"

#define PERSONA_LEAST_PAYLOAD 256u

typedef struct {
    uint8_t *bytes;
    uint32_t size;
    uint32_t capacity;
} persona_reply;

uint32_t persona_reply_room(const persona_reply *reply);

void persona_reply_u8(persona_reply *reply, uint8_t value);
void persona_reply_u16(persona_reply *reply, uint16_t value);
void persona_reply_u32(persona_reply *reply, uint32_t value);
void persona_reply_bytes(persona_reply *reply, const void *bytes, uint32_t size);

/* `size` bytes for the caller to fill; the caller has asked for the room. */
uint8_t *persona_reply_take(persona_reply *reply, uint32_t size);

/* Replace whatever was written by a refusal. */
void persona_reply_refuse(persona_reply *reply, const persona_refusal *refusal);

#endif
