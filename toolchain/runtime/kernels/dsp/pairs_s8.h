/* What the dot products of pairs of output channels share: their operands, and the same in C for hosts. */
#ifndef PERSONA_DSP_PAIRS_S8_H
#define PERSONA_DSP_PAIRS_S8_H

#include "dot_s8.h"

/* The assembly knows the fields' places, and moves on those that say "first". */
typedef struct {
    const uint32_t *end; /* of the expanded windows */
    int32_t skip;        /* bytes of code to leave out in the first turn */
    const uint32_t *patch;
    int32_t row_bytes;
    const int32_t *start;      /* where the first pair's accumulators begin */
    const int32_t *multiplier; /* of the first pair; NULL: one pair only, and its accumulators go to `acc` */
    const int8_t *shift;       /* of the first pair */
    int32_t left;              /* pairs of channels */
    int8_t *out[3];            /* outputs of the first pair */
    int32_t acc[6];            /* [row][window] */
} persona_pairs;

#if !PERSONA_DSP_ASSEMBLY
/* Outputs of one pair, what the assembly does: the zero point is -128 and the clamp is that of int8. */
PERSONA_INLINE void persona_pairs_finish(persona_pairs *p, int32_t columns)
{
    for (int32_t row = 0; row < 2; row++) {
        const int32_t shift = -*p->shift++, multiplier = *p->multiplier++;
        const int32_t offset = (int32_t)((uint32_t)-255 << shift) >> 1;
        for (int32_t j = 0; j < columns; j++) {
            const int32_t value = persona_smmulr(p->acc[row * columns + j] >> 7, multiplier);
            *p->out[j]++ = (int8_t)persona_ssat8((value + offset) >> shift);
        }
    }
}

PERSONA_INLINE void persona_pairs_run(persona_pairs *p, const int8_t *weights, int32_t columns)
{
    do {
        for (int32_t row = 0; row < 2; row++, weights += p->row_bytes) {
            const int32_t start = *p->start++;
            for (int32_t j = 0; j < columns; j++) {
                const int8_t *w = weights;
                int32_t acc = start;
                for (const uint32_t *at = p->patch; at != p->end; at += 2 * columns, w += 4) {
                    acc = persona_dot_word(persona_load_word(w), at[j], at[columns + j], acc);
                }
                p->acc[row * columns + j] = acc;
            }
        }
        if (p->multiplier == NULL) {
            return;
        }
        persona_pairs_finish(p, columns);
    } while (--p->left > 0);
}
#endif

#endif
