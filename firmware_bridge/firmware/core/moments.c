#include "moments.h"

#define LEAST 128 /* an int8 plus this is never negative, so that division rounds down */
#define Z_MOST (1u << 20)

void persona_moments_add(persona_moments *moments, int8_t value)
{
    moments->sum = (int16_t)(moments->sum + value);
    moments->squares += (uint32_t)(value * value);
}

void persona_moments_remove(persona_moments *moments, int8_t value)
{
    moments->sum = (int16_t)(moments->sum - value);
    moments->squares -= (uint32_t)(value * value);
}

static uint32_t raised_sum(const persona_moments *moments, uint32_t held)
{
    return (uint32_t)LEAST * held + (uint32_t)moments->sum;
}

int8_t persona_moments_mean(const persona_moments *moments, uint32_t held)
{
    return (int8_t)((int32_t)((raised_sum(moments, held) + held / 2u) / held) - LEAST);
}

uint8_t persona_moments_spread(const persona_moments *moments, uint32_t held)
{
    const uint32_t square = (uint32_t)(moments->sum * moments->sum);
    const uint32_t variance = 4u * (moments->squares * held - square) / (held * held);
    uint32_t root = 0;
    for (uint32_t bit = 128; bit > 0; bit >>= 1) {
        const uint32_t more = root | bit;
        root = more * more <= variance ? more : root;
    }
    return (uint8_t)root;
}

static int32_t fine_mean(const persona_moments *moments, uint32_t held)
{
    return (int32_t)(16u * raised_sum(moments, held) / held) - 16 * LEAST;
}

void persona_moments_refer(persona_moments *moments, uint32_t held)
{
    moments->mean = (int16_t)fine_mean(moments, held);
    moments->spread = persona_moments_spread(moments, held);
}

uint32_t persona_moments_shift(const persona_moments *moments, uint32_t held)
{
    const uint32_t shift = (uint32_t)(fine_mean(moments, held) - moments->mean); /* its square is that of its sign */
    const uint32_t unit = moments->spread > 2 ? 8u * moments->spread : 16u;
    const uint32_t z = ((shift * shift) << 8) / (unit * unit);
    return z < Z_MOST ? z : Z_MOST;
}
