/* codec.h: how the delta of an edit is written, and how a bank is made of it.
 *
 *     f32   one float a parameter; refused unless finite and |delta| <= T
 *     int8  one level q in -127..127 a parameter; delta = min(max(q * (T / 127), -T), T)
 *     bank[i] = prototype[i] + delta[i]
 *
 * All arithmetic is in float32, one rounding an operation, and gives the bits of toolchain/edit.py on every processor;
 * build with -ffp-contract=off. T is that of the tensor the parameter belongs to.
 *
 * Decoding works in place: the payload lies at the start of the bank it becomes, so staging costs no memory of its own.
 * First the whole payload is judged (finiteness before bounds, lowest index first), then the bank is written; after a
 * refusal its contents are undefined.
 */
#ifndef PERSONA_CODEC_H
#define PERSONA_CODEC_H

#include "persona_model.h"
#include "refusal.h"

#include <stdbool.h>

enum { PERSONA_CODEC_F32 = 0, PERSONA_CODEC_INT8 = 1 };

#define PERSONA_CODECS ((1u << PERSONA_CODEC_F32) | (1u << PERSONA_CODEC_INT8))
#define PERSONA_INT8_LEVELS 127

bool persona_codec_known(uint8_t codec);

/* Payload bytes for `floats` parameters. */
uint32_t persona_codec_bytes(uint8_t codec, uint32_t floats);

/* Turn the payload at the start of `bank` into the bank. */
persona_refusal persona_codec_decode(uint8_t codec, float *bank, const float *prototype, const persona_model *model);

#endif
