#include "codec.h"

#include "bytes.h"

#include <stdbool.h>
#include <string.h>

#define SIGN 0x80000000u
#define EXPONENT 0x7F800000u
#define HALF_SIGN 0x8000u
#define HALF_EXPONENT 0x7C00u
#define HALF_HIDDEN 0x0400u
#define HALF_LEAST 0x1p-24f
#define FRACTION_SHIFT 13u
#define REBIAS ((127u - 15u) << 23)
#define SKIP 255u
#define AT_ONCE 4u

/* Adding up one parameter of a latent edit at a time is half as fast and saves a hundred bytes. */
#ifdef __OPTIMIZE_SIZE__
#define FOUR_AT_ONCE false
#else
#define FOUR_AT_ONCE true
#endif

uint32_t persona_codecs(const persona_model *model)
{
    const bool coded = model->code_bytes > 0 && model->code_bytes <= PERSONA_CODE_MOST;
    return (1u << PERSONA_CODEC_LATENT) - 1u + (coded ? 1u << PERSONA_CODEC_LATENT : 0u);
}

/* A sparse payload may have any even length up to two bytes a parameter. */
static uint32_t wanted_bytes(uint8_t codec, uint32_t bytes, const persona_model *model)
{
    const uint32_t floats = model->adaptive_floats;
    switch (codec) {
    case PERSONA_CODEC_F32:
        return 4u * floats;
    case PERSONA_CODEC_INT8:
        return floats;
    case PERSONA_CODEC_F16:
        return 2u * floats;
    case PERSONA_CODEC_INT4:
        return (floats + 1u) / 2u;
    case PERSONA_CODEC_SPARSE:
        return bytes < 2u * floats ? bytes & ~1u : 2u * floats;
    default:
        return model->code_bytes;
    }
}

persona_refusal persona_codec_length(uint8_t codec, uint32_t bytes, const persona_model *model)
{
    const uint32_t wanted = wanted_bytes(codec, bytes, model);
    return bytes == wanted ? persona_ok() : persona_refuse(PERSONA_BAD_PAYLOAD_LENGTH, wanted, bytes);
}

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float clip(float delta, float most)
{
    delta = delta < -most ? -most : delta;
    return delta > most ? most : delta;
}

/* Bits of a binary16 as those of the float with its value; infinity stays infinity, NaN keeps its payload. */
static uint32_t widen(uint32_t half)
{
    const uint32_t sign = (half & HALF_SIGN) << 16, magnitude = half & ~HALF_SIGN;
    if (magnitude < HALF_HIDDEN) {
        return sign | bits_of((float)magnitude * HALF_LEAST);
    }
    return sign | ((magnitude << FRACTION_SHIFT) + (magnitude < HALF_EXPONENT ? REBIAS : 2u * REBIAS));
}

/* From f16 to f32. All that is expanded in place, from the last parameter to the first, so that nothing covers what is
 * still to be read. */
static void expand_f16(uint8_t *payload, uint32_t floats)
{
    for (uint32_t i = floats; i-- > 0;) {
        persona_put_u32(payload + 4u * i, widen(persona_get_u16(payload + 2u * i)));
    }
}

/* Bits compare like magnitudes for every finite number, and cost no floating point where there is no unit for it. */
static persona_refusal judge_floats(const uint8_t *payload, const persona_model *model)
{
    persona_refusal verdict = persona_ok();
    for (uint32_t t = 0; t < model->tensors_count; t++) {
        const persona_tensor *const tensor = &model->tensors[t];
        const uint32_t most = bits_of(tensor->clip);
        for (uint32_t i = tensor->offset; i < tensor->offset + tensor->count; i++) {
            const uint32_t bits = persona_get_u32(payload + 4u * i);
            if ((bits & EXPONENT) == EXPONENT) {
                return persona_refuse(PERSONA_NOT_FINITE, i, bits);
            }
            if ((bits & ~SIGN) > most && verdict.code == PERSONA_OK) {
                verdict = persona_refuse(PERSONA_OUT_OF_BOUNDS, i, bits);
            }
        }
    }
    return verdict;
}

static void apply_floats(float *bank, const float *prototype, uint32_t floats)
{
    for (uint32_t i = 0; i < floats; i++) {
        bank[i] = prototype[i] + bank[i];
    }
}

/* From int4 to int8: four bits of two's complement to eight. */
static persona_refusal expand_int4(uint8_t *payload, uint32_t floats)
{
    if ((floats & 1u) != 0 && payload[floats / 2u] > 0xFu) {
        return persona_refuse(PERSONA_BAD_PAYLOAD, floats / 2u, payload[floats / 2u]);
    }
    for (uint32_t i = floats; i-- > 0;) {
        const uint32_t nibble = (uint32_t)payload[i / 2u] >> (i & 1u) * 4u & 0xFu;
        payload[i] = (uint8_t)((nibble ^ 8u) - 8u);
    }
    return persona_ok();
}

/* From sparse to int8. The entries move behind the place of the levels, which are then written from first to last. */
static persona_refusal expand_sparse(uint8_t *payload, uint32_t bytes, uint32_t floats)
{
    uint8_t *const entries = payload + 2u * floats;
    uint32_t next = 0;
    memmove(entries, payload, bytes);
    memset(payload, 0, floats);
    for (uint32_t at = 0; at < bytes; at += 2u) {
        const uint8_t gap = entries[at], level = entries[at + 1u];
        next += gap + (gap == SKIP ? 0u : 1u);
        if (next > floats) {
            return persona_refuse(PERSONA_BAD_PAYLOAD, at, gap);
        }
        if (gap != SKIP) {
            payload[next - 1u] = level;
        } else if (level != 0) {
            return persona_refuse(PERSONA_BAD_PAYLOAD, at + 1u, level);
        }
    }
    return persona_ok();
}

/* The first level below -most: its index and value. */
static persona_refusal judge_levels(const int8_t *levels, uint32_t count, int32_t most)
{
    for (uint32_t i = 0; i < count; i++) {
        if (levels[i] < -most) {
            return persona_refuse(PERSONA_OUT_OF_BOUNDS, i, (uint32_t)(int32_t)levels[i]);
        }
    }
    return persona_ok();
}

static void apply_levels(int32_t levels_most, float *bank, const float *prototype, const persona_tensor *tensor)
{
    const int8_t *const levels = (const int8_t *)bank;
    const float most = tensor->clip;
    const float step = most / (float)levels_most;
    /* Only the outermost level can leave -T..T, unless T is so small that the step lost its digits. */
    const int32_t inner = (float)(levels_most - 1) * step <= most ? levels_most - 1 : 0;
    for (uint32_t i = tensor->offset + tensor->count; i-- > tensor->offset;) {
        const int32_t level = levels[i];
        float delta = (float)level * step;
        if (level > inner || level < -inner) {
            delta = clip(delta, most);
        }
        bank[i] = prototype[i] + delta;
    }
}

/* What parameter `i` of a tensor of `size` gets from its part of the code: a sum below 2^24, which a float holds. */
static int32_t sum_of(const int8_t *code, const persona_latent *latent, uint32_t size, uint32_t i)
{
    const int8_t *row = latent->rows + i;
    int32_t sum = 0;
    for (uint32_t k = 0; k < latent->count; k++, row += size) {
        sum += code[k] * *row;
    }
    return sum + PERSONA_INT8_LEVELS * *row;
}

/* The same for AT_ONCE neighbours: a level of the code is loaded once for all of them. */
static void sums_of(int32_t sums[AT_ONCE], const int8_t *code, const persona_latent *latent, uint32_t size, uint32_t i)
{
    const int8_t *row = latent->rows + i;
    int32_t a = 0, b = 0, c = 0, d = 0;
    for (uint32_t k = 0; k < latent->count; k++, row += size) {
        a += code[k] * row[0];
        b += code[k] * row[1];
        c += code[k] * row[2];
        d += code[k] * row[3];
    }
    sums[0] = a + PERSONA_INT8_LEVELS * row[0];
    sums[1] = b + PERSONA_INT8_LEVELS * row[1];
    sums[2] = c + PERSONA_INT8_LEVELS * row[2];
    sums[3] = d + PERSONA_INT8_LEVELS * row[3];
}

static void apply_latent(const int8_t *code, float *bank, const float *prototype, const persona_tensor *tensor,
                         const persona_latent *latent)
{
    const int8_t *const part = code + latent->first;
    const uint32_t whole = FOUR_AT_ONCE ? tensor->count / AT_ONCE * AT_ONCE : 0;
    int32_t sums[AT_ONCE];
    for (uint32_t i = 0; i < tensor->count; i++) {
        const uint32_t at = i % AT_ONCE;
        if (i >= whole) {
            sums[at] = sum_of(part, latent, tensor->count, i);
        } else if (at == 0) {
            sums_of(sums, part, latent, tensor->count, i);
        }
        const float delta = clip((float)sums[at] * latent->scale, tensor->clip);
        bank[tensor->offset + i] = prototype[tensor->offset + i] + delta;
    }
}

static persona_refusal decode_floats(float *bank, const float *prototype, const persona_model *model)
{
    const persona_refusal verdict = judge_floats((const uint8_t *)bank, model);
    if (verdict.code == PERSONA_OK) {
        apply_floats(bank, prototype, model->adaptive_floats);
    }
    return verdict;
}

static persona_refusal decode_levels(int32_t most, float *bank, const float *prototype, const persona_model *model)
{
    const persona_refusal verdict = judge_levels((const int8_t *)bank, model->adaptive_floats, most);
    for (uint32_t t = verdict.code == PERSONA_OK ? model->tensors_count : 0; t-- > 0;) {
        apply_levels(most, bank, prototype, &model->tensors[t]);
    }
    return verdict;
}

static persona_refusal decode_latent(float *bank, const float *prototype, const persona_model *model)
{
    int8_t code[PERSONA_CODE_MOST];
    memcpy(code, bank, model->code_bytes);
    const persona_refusal verdict = judge_levels(code, model->code_bytes, PERSONA_INT8_LEVELS);
    for (uint32_t t = verdict.code == PERSONA_OK ? model->tensors_count : 0; t-- > 0;) {
        apply_latent(code, bank, prototype, &model->tensors[t], &model->latent[t]);
    }
    return verdict;
}

persona_refusal persona_codec_decode(uint8_t codec, float *bank, uint32_t bytes, const float *prototype,
                                     const persona_model *model)
{
    uint8_t *const payload = (uint8_t *)bank;
    const uint32_t floats = model->adaptive_floats;
    persona_refusal form = persona_ok();
    switch (codec) {
    case PERSONA_CODEC_F16:
        expand_f16(payload, floats);
        /* fall through */
    case PERSONA_CODEC_F32:
        return decode_floats(bank, prototype, model);
    case PERSONA_CODEC_LATENT:
        return decode_latent(bank, prototype, model);
    case PERSONA_CODEC_INT4:
        form = expand_int4(payload, floats);
        break;
    case PERSONA_CODEC_SPARSE:
        form = expand_sparse(payload, bytes, floats);
        break;
    default:
        break;
    }
    const int32_t most = codec == PERSONA_CODEC_INT4 ? PERSONA_INT4_LEVELS : PERSONA_INT8_LEVELS;
    return form.code == PERSONA_OK ? decode_levels(most, bank, prototype, model) : form;
}
