/* CAST: integers wrap, bool is 0 or 1, floats are cut towards zero and saturate, NaN becomes 0. */
#ifndef PERSONA_CAST_H
#define PERSONA_CAST_H

#include <stdint.h>
#include <string.h>

enum {
    PERSONA_CAST_S8 = 0,
    PERSONA_CAST_U8 = 1,
    PERSONA_CAST_S16 = 2,
    PERSONA_CAST_S32 = 3,
    PERSONA_CAST_S64 = 4,
    PERSONA_CAST_BOOL = 5,
    PERSONA_CAST_F32 = 6
};

typedef struct {
    int32_t elements;
    int32_t from, to;
} persona_cast_args;

/* Any integer element. 64-bit ones may lie on 4-byte boundaries. */
static inline int64_t persona_cast_load(const void *x, int32_t type, int32_t i)
{
    int64_t wide;
    switch (type) {
    case PERSONA_CAST_S8:
        return ((const int8_t *)x)[i];
    case PERSONA_CAST_S16:
        return ((const int16_t *)x)[i];
    case PERSONA_CAST_S32:
        return ((const int32_t *)x)[i];
    case PERSONA_CAST_S64:
        memcpy(&wide, (const uint8_t *)x + 8 * i, sizeof wide);
        return wide;
    default:
        return ((const uint8_t *)x)[i];
    }
}

static inline void persona_cast_store(void *out, int32_t type, int32_t i, int64_t value)
{
    switch (type) {
    case PERSONA_CAST_S8:
        ((int8_t *)out)[i] = (int8_t)value;
        break;
    case PERSONA_CAST_U8:
        ((uint8_t *)out)[i] = (uint8_t)value;
        break;
    case PERSONA_CAST_S16:
        ((int16_t *)out)[i] = (int16_t)value;
        break;
    case PERSONA_CAST_S32:
        ((int32_t *)out)[i] = (int32_t)value;
        break;
    case PERSONA_CAST_S64:
        memcpy((uint8_t *)out + 8 * i, &value, sizeof value);
        break;
    case PERSONA_CAST_BOOL:
        ((uint8_t *)out)[i] = (uint8_t)(value != 0);
        break;
    default:
        ((float *)out)[i] = (float)value;
        break;
    }
}

static inline int64_t persona_cast_limit(int64_t value, int64_t low, int64_t high)
{
    return value < low ? low : value > high ? high : value;
}

/* The integer nearest to zero, within what `type` holds. */
static inline int64_t persona_cast_cut(float value, int32_t type)
{
    if (!(value > -9223372036854775808.0f)) {
        value = value <= -9223372036854775808.0f ? -9223372036854775808.0f : 0.0f;
    }
    const int64_t wide = value < 9223372036854775808.0f ? (int64_t)value : INT64_MAX;
    switch (type) {
    case PERSONA_CAST_S8:
        return persona_cast_limit(wide, INT8_MIN, INT8_MAX);
    case PERSONA_CAST_U8:
        return persona_cast_limit(wide, 0, UINT8_MAX);
    case PERSONA_CAST_S16:
        return persona_cast_limit(wide, INT16_MIN, INT16_MAX);
    case PERSONA_CAST_S32:
        return persona_cast_limit(wide, INT32_MIN, INT32_MAX);
    default:
        return wide;
    }
}

static void persona_cast(const persona_cast_args *a, const void *x, void *out)
{
    for (int32_t i = 0; i < a->elements; i++) {
        if (a->from != PERSONA_CAST_F32) {
            persona_cast_store(out, a->to, i, persona_cast_load(x, a->from, i));
            continue;
        }
        const float value = ((const float *)x)[i];
        const int64_t whole = a->to == PERSONA_CAST_BOOL ? value != 0.0f : persona_cast_cut(value, a->to);
        persona_cast_store(out, a->to, i, whole);
    }
}

#endif
