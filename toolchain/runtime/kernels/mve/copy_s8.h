/* Copies and fills of bytes by vectors, without a call: most are shorter than what a call costs. */
#ifndef PERSONA_MVE_COPY_S8_H
#define PERSONA_MVE_COPY_S8_H

#include <arm_mve.h>

#include "../isa.h"

/* Copy `count` bytes. */
PERSONA_INLINE void persona_mve_copy(int8_t *to, const int8_t *from, int32_t count)
{
    for (; count >= 16; count -= 16, to += 16, from += 16) {
        vstrbq_s8(to, vldrbq_s8(from));
    }
    if (count > 0) {
        const mve_pred16_t p = vctp8q((uint32_t)count);
        vstrbq_p_s8(to, vldrbq_z_s8(from, p), p);
    }
}

PERSONA_INLINE void persona_mve_fill(int8_t *to, int32_t value, int32_t count)
{
    for (; count > 0; count -= 16, to += 16) {
        vstrbq_p_s8(to, vdupq_n_s8((int8_t)value), vctp8q((uint32_t)count));
    }
}

#endif
