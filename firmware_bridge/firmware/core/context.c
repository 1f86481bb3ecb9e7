#include "context.h"

#include <string.h>

void persona_context_init(persona_context *context, uint8_t *ring, uint16_t size, uint16_t capacity)
{
    *context = (persona_context){ .ring = ring, .size = size, .capacity = size > 0 ? capacity : 0 };
}

void persona_context_remember(persona_context *context, const uint8_t *embedding)
{
    if (context->capacity == 0) {
        return;
    }
    memcpy(context->ring + (uint32_t)context->next * context->size, embedding, context->size);
    context->next = (uint16_t)((context->next + 1u) % context->capacity);
    if (context->held < context->capacity) {
        context->held++;
    }
    context->serial++;
}

void persona_context_copy(const persona_context *context, uint16_t first, uint16_t count, uint8_t *to)
{
    uint32_t place = (uint32_t)context->next + context->capacity - context->held + first;
    for (uint32_t i = 0; i < count; i++, place++) {
        memcpy(to, context->ring + (place % context->capacity) * context->size, context->size);
        to += context->size;
    }
}

void persona_context_forget(persona_context *context)
{
    context->held = 0;
}
