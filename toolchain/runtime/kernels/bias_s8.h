/* Folded biases of a layer whose weights are many and read once: most need 24 bits or fewer. Either `whole` is there,
 * or a bias is low + 65536 * high; where all fit 16 bits, `high` is NULL too. */
#ifndef PERSONA_BIAS_S8_H
#define PERSONA_BIAS_S8_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    const int32_t *whole;
    const int16_t *low;
    const int8_t *high;
} persona_bias_s8;

static inline int32_t persona_bias_s8_at(const persona_bias_s8 *b, int32_t c)
{
    if (b->low == NULL) {
        return b->whole[c];
    }
    return b->low[c] + (b->high != NULL ? b->high[c] * 65536 : 0);
}

#endif
