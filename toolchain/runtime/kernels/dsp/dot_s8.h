/* What the dot products of paired weights (../packing.h) share. */
#ifndef PERSONA_DSP_DOT_S8_H
#define PERSONA_DSP_DOT_S8_H

#include "instructions.h"

#if defined(__ARM_FEATURE_DSP) && defined(__thumb__) && defined(__GNUC__)
#define PERSONA_DSP_ASSEMBLY 1
#else
#define PERSONA_DSP_ASSEMBLY 0
#endif

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

#endif
