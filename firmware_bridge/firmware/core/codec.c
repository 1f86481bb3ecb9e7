#include "codec.h"

#include <string.h>

#define EXPONENT_MASK 0x7F800000u
#define SIGN_MASK 0x80000000u

bool persona_codec_known(uint8_t codec)
{
    return codec == PERSONA_CODEC_F32 || codec == PERSONA_CODEC_INT8;
}

uint32_t persona_codec_bytes(uint8_t codec, uint32_t floats)
{
    return codec == PERSONA_CODEC_F32 ? floats * (uint32_t)sizeof(float) : floats;
}

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

/* Bits compare like magnitudes for every finite number, and cost no floating point where there is no unit for it. */
static persona_refusal judge_f32(const float *delta, const persona_model *model)
{
    for (uint32_t i = 0; i < model->adaptive_floats; i++) {
        const uint32_t bits = bits_of(delta[i]);
        if ((bits & EXPONENT_MASK) == EXPONENT_MASK) {
            return persona_refuse(PERSONA_NOT_FINITE, i, bits);
        }
    }
    for (uint32_t t = 0; t < model->tensors_count; t++) {
        const persona_tensor *const tensor = &model->tensors[t];
        const uint32_t most = bits_of(tensor->clip);
        for (uint32_t i = tensor->offset; i < tensor->offset + tensor->count; i++) {
            const uint32_t bits = bits_of(delta[i]);
            if ((bits & ~SIGN_MASK) > most) {
                return persona_refuse(PERSONA_OUT_OF_BOUNDS, i, bits);
            }
        }
    }
    return persona_ok();
}

static persona_refusal judge_int8(const int8_t *levels, const persona_model *model)
{
    for (uint32_t i = 0; i < model->adaptive_floats; i++) {
        if (levels[i] < -PERSONA_INT8_LEVELS) {
            return persona_refuse(PERSONA_OUT_OF_BOUNDS, i, (uint32_t)(int32_t)levels[i]);
        }
    }
    return persona_ok();
}

static void apply_f32(float *bank, const float *prototype, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bank[i] = prototype[i] + bank[i];
    }
}

/* From the last to the first: a float written at 4i never covers a level that is still to be read. */
static void apply_int8(float *bank, const float *prototype, const persona_tensor *tensor)
{
    const int8_t *const levels = (const int8_t *)bank;
    const float most = tensor->clip;
    const float step = most / (float)PERSONA_INT8_LEVELS;
    for (uint32_t i = tensor->offset + tensor->count; i-- > tensor->offset;) {
        float delta = (float)levels[i] * step;
        delta = delta < -most ? -most : delta;
        delta = delta > most ? most : delta;
        bank[i] = prototype[i] + delta;
    }
}

persona_refusal persona_codec_decode(uint8_t codec, float *bank, const float *prototype, const persona_model *model)
{
    const bool wide = codec == PERSONA_CODEC_F32;
    const persona_refusal verdict = wide ? judge_f32(bank, model) : judge_int8((const int8_t *)bank, model);
    if (verdict.code != PERSONA_OK) {
        return verdict;
    }
    if (wide) {
        apply_f32(bank, prototype, model->adaptive_floats);
        return verdict;
    }
    for (uint32_t t = model->tensors_count; t-- > 0;) {
        apply_int8(bank, prototype, &model->tensors[t]);
    }
    return verdict;
}
