/* What the dot products of paired weights (../packing.h) share. */
#ifndef PERSONA_DSP_DOT_S8_H
#define PERSONA_DSP_DOT_S8_H

#include "instructions.h"

#if defined(__ARM_FEATURE_DSP) && defined(__thumb__) && defined(__GNUC__)
#define PERSONA_DSP_ASSEMBLY 1
#else
#define PERSONA_DSP_ASSEMBLY 0
#endif

/* What a dot product takes besides its operands, and its results. The assembly knows the fields' places. */
typedef struct {
    const void *end; /* of the expanded taps */
    int32_t skip;    /* bytes of code to leave out in the first turn */
    int32_t acc[6];
    const int8_t *last; /* the third row, where there is one */
} persona_dots;

/* The two forms of four taps. */
PERSONA_INLINE uint32_t persona_taps_first(uint32_t word)
{
    return persona_sxtb16(word);
}

PERSONA_INLINE uint32_t persona_taps_second(uint32_t word)
{
    return word ^ 0x007f007fu;
}

/* Four products added to `acc`. */
PERSONA_INLINE int32_t persona_dot_word(uint32_t weights, uint32_t first, uint32_t second, int32_t acc)
{
    return persona_smlad(persona_sxtb16(weights), second, persona_smlad(weights, first, acc));
}

#if !PERSONA_DSP_ASSEMBLY
/* Two rows and `columns` windows, what the assembly does. */
PERSONA_INLINE void persona_dot_rows_s8(const uint32_t *patch, const int8_t *first, const int8_t *second,
                                        persona_dots *d, int32_t columns)
{
    for (int32_t row = 0; row < 2; row++) {
        const int32_t start = d->acc[row * columns];
        for (int32_t j = 0; j < columns; j++) {
            const int8_t *w = row == 0 ? first : second;
            int32_t acc = start;
            for (const uint32_t *at = patch; at != (const uint32_t *)d->end; at += 2 * columns, w += 4) {
                acc = persona_dot_word(persona_load_word(w), at[j], at[columns + j], acc);
            }
            d->acc[row * columns + j] = acc;
        }
    }
}
#endif

#endif
