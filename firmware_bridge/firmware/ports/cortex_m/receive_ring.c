#include "receive_ring.h"

bool persona_ring_empty(const persona_receive_ring *ring)
{
    return ring->taken == ring->put;
}

bool persona_ring_full(const persona_receive_ring *ring)
{
    return ring->put - ring->taken == PERSONA_RING_BYTES;
}

void persona_ring_put(persona_receive_ring *ring, uint8_t byte)
{
    ring->bytes[ring->put % PERSONA_RING_BYTES] = byte;
    ring->put++;
}

int persona_ring_take(persona_receive_ring *ring)
{
    if (persona_ring_empty(ring)) {
        return -1;
    }
    const uint8_t byte = ring->bytes[ring->taken % PERSONA_RING_BYTES];
    ring->taken++;
    return byte;
}

/* With interrupts masked a byte cannot slip in between the question and the sleep; it still ends the sleep. */
void persona_ring_wait(const persona_receive_ring *ring)
{
    __asm__ volatile("cpsid i" ::: "memory");
    if (persona_ring_empty(ring)) {
        __asm__ volatile("wfi" ::: "memory");
    }
    __asm__ volatile("cpsie i" ::: "memory");
}
