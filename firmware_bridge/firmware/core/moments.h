/* moments.h: what a device knows of one dimension of its embeddings, and how far it has moved from a reference.
 *
 * All arithmetic is that of 32-bit integers and exact, every division rounds down (docs/protocol.md, SUMMARY and WATCH;
 * toolchain/statistics.py gives the same numbers). That holds for at most PERSONA_MOMENTS_HELD values.
 */
#ifndef PERSONA_MOMENTS_H
#define PERSONA_MOMENTS_H

#include <stdint.h>

#define PERSONA_MOMENTS_HELD 255u
#define PERSONA_MOMENTS_DIMENSIONS 4095u /* the most that a drift is the mean of */

typedef struct {
    uint32_t squares; /* sum of the squares */
    int16_t sum;
    int16_t mean;   /* of the reference, in 1/16 */
    uint8_t spread; /* of the reference: its standard deviation in 1/2 */
} persona_moments;

/* Take `value` in, or out again. */
void persona_moments_add(persona_moments *moments, int8_t value);
void persona_moments_remove(persona_moments *moments, int8_t value);

/* Rounded mean and standard deviation in halves (255: or more) of `held` values, at least one. */
int8_t persona_moments_mean(const persona_moments *moments, uint32_t held);
uint8_t persona_moments_spread(const persona_moments *moments, uint32_t held);

/* Make the present values the reference. */
void persona_moments_refer(persona_moments *moments, uint32_t held);

/* The squared shift of the mean in units of the reference's variance, in 1/256, at most 2^20. */
uint32_t persona_moments_shift(const persona_moments *moments, uint32_t held);

#endif
