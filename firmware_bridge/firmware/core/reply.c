#include "reply.h"

#include "bytes.h"

#include <string.h>

uint32_t persona_reply_room(const persona_reply *reply)
{
    return reply->capacity - reply->size;
}

uint8_t *persona_reply_take(persona_reply *reply, uint32_t size)
{
    uint8_t *const taken = reply->bytes + reply->size;
    reply->size += size;
    return taken;
}

void persona_reply_bytes(persona_reply *reply, const void *bytes, uint32_t size)
{
    if (size > 0 && size <= persona_reply_room(reply)) {
        memcpy(persona_reply_take(reply, size), bytes, size);
    }
}

void persona_reply_u8(persona_reply *reply, uint8_t value)
{
    persona_reply_bytes(reply, &value, 1);
}

void persona_reply_u16(persona_reply *reply, uint16_t value)
{
    uint8_t bytes[2];
    persona_put_u16(bytes, value);
    persona_reply_bytes(reply, bytes, sizeof bytes);
}

void persona_reply_u32(persona_reply *reply, uint32_t value)
{
    uint8_t bytes[4];
    persona_put_u32(bytes, value);
    persona_reply_bytes(reply, bytes, sizeof bytes);
}

void persona_reply_refuse(persona_reply *reply, const persona_refusal *refusal)
{
    reply->size = 0;
    persona_reply_u8(reply, refusal->code);
    persona_reply_u32(reply, refusal->expected);
    persona_reply_u32(reply, refusal->received);
}
