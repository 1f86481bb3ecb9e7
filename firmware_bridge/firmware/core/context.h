/* context.h: a ring of the latest embeddings, from which a host makes an edit. Raw inputs never leave the device.
 *
 * The caller owns the memory: `capacity` embeddings of `size` bytes and the moments of `size` dimensions. When the ring
 * is full, the oldest embedding makes room. `serial` counts the embeddings ever remembered, so that a host that reads
 * in parts notices one that came in between. Sums are kept up to date with every embedding, so that a summary and the
 * drift cost the same however many there are.
 */
#ifndef PERSONA_CONTEXT_H
#define PERSONA_CONTEXT_H

#include "moments.h"
#include "persona_model.h"

#include <stdbool.h>

typedef struct {
    uint8_t *ring;
    persona_moments *moments;
    uint16_t size; /* bytes of an embedding; 0: the model has none */
    uint16_t capacity;
    uint16_t held;
    uint16_t next; /* place of the next embedding in the ring */
    uint32_t serial;
    bool referred; /* there is a reference; if not, the first full context becomes it */
} persona_context;

/* The reference is that of the model, if it has one. `capacity` is cut to what moments.h can count. */
void persona_context_init(persona_context *context, const persona_model *model, uint8_t *ring, persona_moments *moments,
                          uint32_t capacity);

void persona_context_remember(persona_context *context, const uint8_t *embedding);

/* Copy `count` embeddings from the `first`-oldest on; first + count is at most `held`. */
void persona_context_copy(const persona_context *context, uint16_t first, uint16_t count, uint8_t *to);

/* Forget all; `serial` goes on counting. */
void persona_context_forget(persona_context *context);

/* Make the present context the reference. An empty one leaves none. */
void persona_context_refer(persona_context *context);

/* How far the context is from the reference, in 1/256; 0 while there is no reference or nothing is held. */
uint32_t persona_context_drift(const persona_context *context);

#endif
