/* context.h: a ring of the latest embeddings, from which a host makes an edit. Raw inputs never leave the device.
 *
 * The caller owns the memory: `capacity` embeddings of `size` bytes. When it is full, the oldest makes room. `serial`
 * counts the embeddings ever remembered, so that a host that reads in parts notices one that came in between.
 */
#ifndef PERSONA_CONTEXT_H
#define PERSONA_CONTEXT_H

#include <stdint.h>

typedef struct {
    uint8_t *ring;
    uint16_t size; /* bytes of an embedding; 0: the model has none */
    uint16_t capacity;
    uint16_t held;
    uint16_t next; /* place of the next embedding in the ring */
    uint32_t serial;
} persona_context;

void persona_context_init(persona_context *context, uint8_t *ring, uint16_t size, uint16_t capacity);

void persona_context_remember(persona_context *context, const uint8_t *embedding);

/* Copy `count` embeddings from the `first`-oldest on; first + count is at most `held`. */
void persona_context_copy(const persona_context *context, uint16_t first, uint16_t count, uint8_t *to);

/* Forget all; `serial` goes on counting. */
void persona_context_forget(persona_context *context);

#endif
