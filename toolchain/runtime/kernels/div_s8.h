/* DIV on int8 with broadcast. `out` may be an input of its size.
 *
 * The divisor becomes a reciprocal in Q0. A divisor of zero counts as the smallest one above it. */
#ifndef PERSONA_DIV_S8_H
#define PERSONA_DIV_S8_H

#include "broadcast.h"
#include "fixed_point.h"

typedef struct {
    persona_broadcast walk;
    int32_t a_zero, b_zero, out_zero;
    int32_t multiplier, shift;
    int32_t act_min, act_max;
} persona_div_s8_args;

/* left / right in the output's units; right > 0. */
static inline int32_t persona_div_s8_ratio(const persona_div_s8_args *a, int32_t left, int32_t right)
{
    if (left == 0) {
        return 0;
    }
    const int32_t bits = persona_headroom((uint32_t)right);
    const int32_t fraction = (int32_t)(((int64_t)right << bits) - ((int64_t)1 << 31));
    const int32_t room = left < 0 ? persona_headroom((uint32_t)(-2 * left - 1)) : persona_headroom((uint32_t)left) - 1;
    const int32_t widened = (int32_t)((int64_t)left * ((int64_t)1 << room));
    const int32_t quotient = persona_fixed_multiply(widened, persona_reciprocal_one_plus(fraction));
    const int32_t shift = a->shift - (31 - bits) - room;
    return shift < -31 ? 0 : persona_requant(quotient, a->multiplier, shift);
}

static inline int8_t persona_div_s8_one(const persona_div_s8_args *a, int32_t left, int32_t right)
{
    const int32_t x = left - a->a_zero;
    const int32_t y = right - a->b_zero;
    const int32_t ratio = y < 0 ? persona_div_s8_ratio(a, -x, -y) : persona_div_s8_ratio(a, x, y == 0 ? 1 : y);
    return (int8_t)persona_clamp(ratio + a->out_zero, a->act_min, a->act_max);
}

static void persona_div_s8(const persona_div_s8_args *a, const int8_t *left, const int8_t *right, int8_t *out)
{
    persona_broadcast_row row = { 0 };
    for (int32_t r = 0; r < a->walk.rows; r++) {
        for (int32_t i = 0; i < a->walk.inner; i++) {
            out[i] = persona_div_s8_one(a, left[row.a + i * a->walk.a_step], right[row.b + i * a->walk.b_step]);
        }
        out += a->walk.inner;
        persona_broadcast_next(&a->walk, &row);
    }
}

#endif
