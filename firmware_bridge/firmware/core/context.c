#include "context.h"

#include <stddef.h>
#include <string.h>

void persona_context_init(persona_context *context, const persona_model *model, uint8_t *ring, persona_moments *moments,
                          uint32_t capacity)
{
    const uint32_t size = model->embedding.bytes;
    const uint32_t most = size > 0 && size <= PERSONA_MOMENTS_DIMENSIONS ? PERSONA_MOMENTS_HELD : 0;
    *context = (persona_context){
        .ring = ring,
        .moments = moments,
        .size = (uint16_t)size,
        .capacity = (uint16_t)(capacity < most ? capacity : most),
        .referred = model->embedding_mean != NULL,
    };
    for (uint32_t i = 0; context->capacity > 0 && i < size; i++) {
        moments[i] = (persona_moments){ 0 };
        if (context->referred) {
            moments[i].mean = model->embedding_mean[i];
            moments[i].spread = model->embedding_spread[i];
        }
    }
}

void persona_context_remember(persona_context *context, const uint8_t *embedding)
{
    if (context->capacity == 0) {
        return;
    }
    uint8_t *const place = context->ring + (uint32_t)context->next * context->size;
    const bool full = context->held == context->capacity;
    for (uint32_t i = 0; i < context->size; i++) {
        if (full) {
            persona_moments_remove(&context->moments[i], (int8_t)place[i]);
        }
        persona_moments_add(&context->moments[i], (int8_t)embedding[i]);
        place[i] = embedding[i];
    }
    context->next = (uint16_t)((context->next + 1u) % context->capacity);
    context->held = (uint16_t)(context->held + !full);
    context->serial++;
    if (context->held == context->capacity && !context->referred) {
        persona_context_refer(context);
    }
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
    for (uint32_t i = 0; context->held > 0 && i < context->size; i++) {
        context->moments[i].sum = 0;
        context->moments[i].squares = 0;
    }
    context->held = 0;
}

void persona_context_refer(persona_context *context)
{
    context->referred = context->held > 0;
    for (uint32_t i = 0; context->referred && i < context->size; i++) {
        persona_moments_refer(&context->moments[i], context->held);
    }
}

uint32_t persona_context_drift(const persona_context *context)
{
    uint32_t sum = 0;
    if (!context->referred || context->held == 0) {
        return 0;
    }
    for (uint32_t i = 0; i < context->size; i++) {
        sum += persona_moments_shift(&context->moments[i], context->held);
    }
    return context->held * (sum / context->size);
}
