/* receive_ring.h: bytes from a UART's receive interrupt to the main loop. One side puts, the other takes, each counts
 * for itself, and so neither locks the other out. A driver that finds the ring full leaves the byte in its UART and
 * masks the interrupt, so that a line with flow control (QEMU's) loses nothing.
 */
#ifndef PERSONA_RECEIVE_RING_H
#define PERSONA_RECEIVE_RING_H

#include <stdbool.h>
#include <stdint.h>

#define PERSONA_RING_BYTES 256u /* a power of two; a byte is read long before 256 more can come */

typedef struct {
    volatile uint32_t put; /* both count on for ever; their difference is what the ring holds */
    volatile uint32_t taken;
    volatile uint8_t bytes[PERSONA_RING_BYTES];
} persona_receive_ring;

bool persona_ring_empty(const persona_receive_ring *ring);
bool persona_ring_full(const persona_receive_ring *ring);

/* For the interrupt; the ring must not be full. */
void persona_ring_put(persona_receive_ring *ring, uint8_t byte);

/* For the main loop: the next byte, or -1. */
int persona_ring_take(persona_receive_ring *ring);

/* Sleep until an interrupt, unless the ring holds a byte. */
void persona_ring_wait(const persona_receive_ring *ring);

#endif
