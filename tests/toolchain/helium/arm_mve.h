/* The Helium intrinsics that the kernels use, in C: put on the include path of a host, the same kernels run there under
 * sanitizers. Loads and stores under a predicate touch the active lanes' bytes and no others; shifts, saturation and
 * rounding are those of the Armv8.1-M manual. The compiler's own header takes precedence on Arm. */
#ifndef PERSONA_TEST_ARM_MVE_H
#define PERSONA_TEST_ARM_MVE_H

#include <stdint.h>
#include <string.h>

typedef struct {
    int8_t lane[16];
} int8x16_t;

typedef struct {
    int16_t lane[8];
} int16x8_t;

typedef struct {
    int32_t lane[4];
} int32x4_t;

typedef struct {
    uint32_t lane[4];
} uint32x4_t;

typedef uint16_t mve_pred16_t; /* one bit a byte of a vector */

#define MVE_LANES(vector) ((int)(sizeof(vector).lane / sizeof(vector).lane[0]))

static inline mve_pred16_t mve_first(uint32_t count, uint32_t bytes)
{
    return (mve_pred16_t)(count >= 16u / bytes ? 0xffffu : (1u << (count * bytes)) - 1u);
}

static inline int mve_active(mve_pred16_t p, int lane, int bytes)
{
    return p >> (lane * bytes) & 1;
}

static inline int32_t mve_saturate(int64_t value, int32_t low, int32_t high)
{
    return value < low ? low : value > high ? high : (int32_t)value;
}

static inline int32_t mve_wrap(int64_t value)
{
    return (int32_t)(uint32_t)(uint64_t)value;
}

static inline mve_pred16_t vctp8q(uint32_t count)
{
    return mve_first(count, 1);
}

static inline mve_pred16_t vctp32q(uint32_t count)
{
    return mve_first(count, 4);
}

/* Loads and stores. */

static inline int8x16_t vldrbq_z_s8(const int8_t *from, mve_pred16_t p)
{
    int8x16_t r;
    for (int i = 0; i < 16; i++) {
        r.lane[i] = 0;
        if (mve_active(p, i, 1)) {
            r.lane[i] = from[i];
        }
    }
    return r;
}

static inline int8x16_t vldrbq_s8(const int8_t *from)
{
    return vldrbq_z_s8(from, 0xffff);
}

static inline void vstrbq_p_s8(int8_t *to, int8x16_t v, mve_pred16_t p)
{
    for (int i = 0; i < 16; i++) {
        if (mve_active(p, i, 1)) {
            to[i] = v.lane[i];
        }
    }
}

static inline void vstrbq_s8(int8_t *to, int8x16_t v)
{
    vstrbq_p_s8(to, v, 0xffff);
}

static inline int32x4_t vldrwq_z_s32(const int32_t *from, mve_pred16_t p)
{
    int32x4_t r;
    for (int i = 0; i < 4; i++) {
        r.lane[i] = 0;
        if (mve_active(p, i, 4)) {
            r.lane[i] = from[i];
        }
    }
    return r;
}

static inline int32x4_t vldrwq_s32(const int32_t *from)
{
    return vldrwq_z_s32(from, 0xffff);
}

static inline void vstrwq_s32(int32_t *to, int32x4_t v)
{
    for (int i = 0; i < 4; i++) {
        to[i] = v.lane[i];
    }
}

static inline int32x4_t vldrbq_z_s32(const int8_t *from, mve_pred16_t p)
{
    int32x4_t r;
    for (int i = 0; i < 4; i++) {
        r.lane[i] = 0;
        if (mve_active(p, i, 4)) {
            r.lane[i] = from[i];
        }
    }
    return r;
}

static inline int32x4_t vldrhq_z_s32(const int16_t *from, mve_pred16_t p)
{
    int32x4_t r;
    for (int i = 0; i < 4; i++) {
        r.lane[i] = 0;
        if (mve_active(p, i, 4)) {
            r.lane[i] = from[i];
        }
    }
    return r;
}

static inline int32x4_t vldrbq_s32(const int8_t *from)
{
    return vldrbq_z_s32(from, 0xffff);
}

static inline int16x8_t vldrbq_s16(const int8_t *from)
{
    int16x8_t r;
    for (int i = 0; i < 8; i++) {
        r.lane[i] = from[i];
    }
    return r;
}

static inline void vstrbq_p_s32(int8_t *to, int32x4_t v, mve_pred16_t p)
{
    for (int i = 0; i < 4; i++) {
        if (mve_active(p, i, 4)) {
            to[i] = (int8_t)(uint8_t)((uint32_t)v.lane[i] & 0xffu);
        }
    }
}

static inline void vstrbq_s32(int8_t *to, int32x4_t v)
{
    vstrbq_p_s32(to, v, 0xffff);
}

static inline int16x8_t vreinterpretq_s16_s32(int32x4_t x)
{
    int16x8_t r;
    memcpy(&r, &x, sizeof r);
    return r;
}

static inline int8x16_t vreinterpretq_s8_s16(int16x8_t x)
{
    int8x16_t r;
    memcpy(&r, &x, sizeof r);
    return r;
}

/* Gathers; the offsets count elements where they are shifted. */

/* Steps from `start` on, back to 0 at `end`. */
static inline uint32x4_t viwdupq_n_u32(uint32_t start, uint32_t end, uint32_t step)
{
    uint32x4_t r;
    for (int i = 0; i < 4; i++) {
        r.lane[i] = start;
        start = start + step == end ? 0 : start + step;
    }
    return r;
}

static inline int32x4_t vldrwq_gather_shifted_offset_z_s32(const int32_t *base, uint32x4_t offset, mve_pred16_t p)
{
    int32x4_t r;
    for (int i = 0; i < 4; i++) {
        r.lane[i] = 0;
        if (mve_active(p, i, 4)) {
            r.lane[i] = base[offset.lane[i]];
        }
    }
    return r;
}

static inline int32x4_t vldrbq_gather_offset_z_s32(const int8_t *base, uint32x4_t offset, mve_pred16_t p)
{
    int32x4_t r;
    for (int i = 0; i < 4; i++) {
        r.lane[i] = 0;
        if (mve_active(p, i, 4)) {
            r.lane[i] = base[offset.lane[i]];
        }
    }
    return r;
}

/* Arithmetic. */

static inline int8x16_t vpselq_s8(int8x16_t x, int8x16_t y, mve_pred16_t p)
{
    for (int i = 0; i < 16; i++) {
        x.lane[i] = mve_active(p, i, 1) ? x.lane[i] : y.lane[i];
    }
    return x;
}

#define MVE_UNARY(name, result, operand, expression)                                                                   \
    static inline result name(operand x)                                                                               \
    {                                                                                                                  \
        result r;                                                                                                      \
        for (int i = 0; i < MVE_LANES(r); i++) {                                                                       \
            r.lane[i] = expression;                                                                                    \
        }                                                                                                              \
        return r;                                                                                                      \
    }

#define MVE_BINARY(name, result, left, right, expression)                                                              \
    static inline result name(left x, right y)                                                                         \
    {                                                                                                                  \
        result r;                                                                                                      \
        for (int i = 0; i < MVE_LANES(r); i++) {                                                                       \
            r.lane[i] = expression;                                                                                    \
        }                                                                                                              \
        return r;                                                                                                      \
    }

/* x * 2^y, halves up where y is negative; in `bits` + 1 bits before it wraps. */
static inline int32_t mve_rounding_shift(int32_t x, int32_t y)
{
    const int by = (int8_t)(uint8_t)((uint32_t)y & 0xffu);
    if (by >= 0) {
        return by > 31 ? 0 : (int32_t)((uint32_t)x << by);
    }
    return by < -32 ? 0 : (int32_t)(((int64_t)x + ((int64_t)1 << (-by - 1))) >> -by);
}

static inline int32_t mve_shift(int32_t x, int32_t y)
{
    const int by = (int8_t)(uint8_t)((uint32_t)y & 0xffu);
    if (by >= 0) {
        return by > 31 ? 0 : (int32_t)((uint32_t)x << by);
    }
    return x >> (by < -31 ? 31 : -by);
}

MVE_UNARY(vdupq_n_s8, int8x16_t, int8_t, x)
MVE_UNARY(vdupq_n_s16, int16x8_t, int16_t, x)
MVE_UNARY(vdupq_n_s32, int32x4_t, int32_t, x)
MVE_UNARY(vmovlbq_s16, int32x4_t, int16x8_t, x.lane[2 * i])
MVE_UNARY(vmovltq_s16, int32x4_t, int16x8_t, x.lane[2 * i + 1])
MVE_BINARY(vmullbq_int_s8, int16x8_t, int8x16_t, int8x16_t, (int16_t)(x.lane[2 * i] * y.lane[2 * i]))
MVE_BINARY(vmulltq_int_s8, int16x8_t, int8x16_t, int8x16_t, (int16_t)(x.lane[2 * i + 1] * y.lane[2 * i + 1]))
MVE_BINARY(vaddq_s16, int16x8_t, int16x8_t, int16x8_t, (int16_t)(uint16_t)((x.lane[i] + y.lane[i]) & 0xffff))
MVE_BINARY(vqaddq_n_s16, int16x8_t, int16x8_t, int16_t, (int16_t)mve_saturate(x.lane[i] + y, INT16_MIN, INT16_MAX))
MVE_BINARY(vaddq_s32, int32x4_t, int32x4_t, int32x4_t, mve_wrap((int64_t)x.lane[i] + y.lane[i]))
MVE_BINARY(vaddq_n_s32, int32x4_t, int32x4_t, int32_t, mve_wrap((int64_t)x.lane[i] + y))
MVE_BINARY(vandq_s32, int32x4_t, int32x4_t, int32x4_t, x.lane[i] & y.lane[i])
MVE_BINARY(vmaxq_s32, int32x4_t, int32x4_t, int32x4_t, x.lane[i] > y.lane[i] ? x.lane[i] : y.lane[i])
MVE_BINARY(vminq_s32, int32x4_t, int32x4_t, int32x4_t, x.lane[i] < y.lane[i] ? x.lane[i] : y.lane[i])
MVE_BINARY(vmaxq_s8, int8x16_t, int8x16_t, int8x16_t, x.lane[i] > y.lane[i] ? x.lane[i] : y.lane[i])
MVE_BINARY(vminq_s8, int8x16_t, int8x16_t, int8x16_t, x.lane[i] < y.lane[i] ? x.lane[i] : y.lane[i])
MVE_BINARY(vshrq_n_s32, int32x4_t, int32x4_t, int, x.lane[i] >> y)
MVE_BINARY(vshlq_n_s32, int32x4_t, int32x4_t, int, (int32_t)((uint32_t)x.lane[i] << y))
MVE_BINARY(vshlq_s32, int32x4_t, int32x4_t, int32x4_t, mve_shift(x.lane[i], y.lane[i]))
MVE_BINARY(vrshlq_s32, int32x4_t, int32x4_t, int32x4_t, mve_rounding_shift(x.lane[i], y.lane[i]))
MVE_BINARY(vrshlq_n_s32, int32x4_t, int32x4_t, int32_t, mve_rounding_shift(x.lane[i], y))
MVE_BINARY(vshlq_r_s32, int32x4_t, int32x4_t, int32_t, mve_shift(x.lane[i], y))

static inline int32_t mve_high(int32_t x, int32_t y)
{
    return mve_saturate(((int64_t)x * y + (1 << 30)) >> 31, INT32_MIN, INT32_MAX);
}

MVE_BINARY(vqrdmulhq_s32, int32x4_t, int32x4_t, int32x4_t, mve_high(x.lane[i], y.lane[i]))
MVE_BINARY(vqrdmulhq_n_s32, int32x4_t, int32x4_t, int32_t, mve_high(x.lane[i], y))

static inline int32_t vmladavaq_s8(int32_t acc, int8x16_t x, int8x16_t y)
{
    int64_t sum = acc;
    for (int i = 0; i < 16; i++) {
        sum += x.lane[i] * y.lane[i];
    }
    return mve_wrap(sum);
}

/* Narrowing with saturation into the even (b) or odd (t) lanes of `x`. */

#define MVE_NARROW(name, result, operand, first, low, high, type)                                                      \
    static inline result name(result x, operand y)                                                                     \
    {                                                                                                                  \
        for (int i = 0; i < MVE_LANES(y); i++) {                                                                       \
            x.lane[2 * i + (first)] = (type)mve_saturate(y.lane[i], low, high);                                        \
        }                                                                                                              \
        return x;                                                                                                      \
    }

MVE_NARROW(vqmovnbq_s32, int16x8_t, int32x4_t, 0, INT16_MIN, INT16_MAX, int16_t)
MVE_NARROW(vqmovntq_s32, int16x8_t, int32x4_t, 1, INT16_MIN, INT16_MAX, int16_t)
MVE_NARROW(vqmovnbq_s16, int8x16_t, int16x8_t, 0, INT8_MIN, INT8_MAX, int8_t)
MVE_NARROW(vqmovntq_s16, int8x16_t, int16x8_t, 1, INT8_MIN, INT8_MAX, int8_t)

#endif
