/* codec.h: how the delta of an edit is written, and how a bank is made of it (docs/protocol.md, "Edit").
 *
 *     f32     one float a parameter; refused unless finite and |delta| <= T
 *     f16     one binary16 a parameter; the same
 *     int8    one level q in -127..127 a parameter; delta = clip(q * (T / 127))
 *     int4    half a byte a parameter, q in -7..7; delta = clip(q * (T / 7))
 *     sparse  gap and level for each parameter whose level, as in int8, is not 0
 *     latent  one code for the whole bank; delta = clip(sum of the model's rows, weighted with the code, * scale)
 *     bank[i] = prototype[i] + delta[i]
 *
 * All arithmetic is in float32, one rounding an operation, and gives the bits of toolchain/codecs on every processor;
 * build with -ffp-contract=off. T is that of the tensor the parameter belongs to.
 *
 * Decoding works in place: the payload lies at the start of the bank it becomes, so staging costs no memory of its own.
 * First the whole payload is judged (form, then finiteness, then bounds, lowest index first), then the prototype is
 * added; after a refusal the bank's contents are undefined. f16 becomes f32 on the way, int4 and sparse become int8.
 */
#ifndef PERSONA_CODEC_H
#define PERSONA_CODEC_H

#include "persona_model.h"
#include "refusal.h"

enum {
    PERSONA_CODEC_F32 = 0,
    PERSONA_CODEC_INT8 = 1,
    PERSONA_CODEC_F16 = 2,
    PERSONA_CODEC_INT4 = 3,
    PERSONA_CODEC_SPARSE = 4,
    PERSONA_CODEC_LATENT = 5
};

#define PERSONA_INT8_LEVELS 127
#define PERSONA_INT4_LEVELS 7

/* Most bytes of a code: decoding copies it to the stack. */
#define PERSONA_CODE_MOST 256u

/* The codecs that this device decodes, bit = codec; `latent` only where the model has its table. */
uint32_t persona_codecs(const persona_model *model);

/* Whether `bytes` is a length that `codec`, one of persona_codecs, can have: ok or BAD_PAYLOAD_LENGTH. */
persona_refusal persona_codec_length(uint8_t codec, uint32_t bytes, const persona_model *model);

/* Turn the payload at the start of `bank`, `bytes` long as persona_codec_length has passed, into the bank. */
persona_refusal persona_codec_decode(uint8_t codec, float *bank, uint32_t bytes, const float *prototype,
                                     const persona_model *model);

#endif
