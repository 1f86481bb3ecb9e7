/* Tables that the compiler finishes, in the form that suits the class of core: weights in rows of whole words, biases.
 *
 * For the DSP extension two neighbouring weights lie in 16 bits as one number, h = 256 * a + b: its low byte is b,
 * which SXTB16 takes out for two pairs at once, and the high one is a, less the borrow of a negative b. With the taps x
 * and y beside them,
 *
 *     h * x + b * (256 * y - x + 127) = 256 * (a * x + b * y) + 127 * b,
 *
 * so two SMLAD take four taps with one SXTB16, not two, and add up 256 times the accumulator. The taps' second form is
 * the word of input bytes with some bits flipped: y in the high byte, x ^ 0x7f = 127 - x (as an unsigned byte) in the
 * low one. The sum of 127 * b is a constant and goes off the bias. The compiler sees to it that 256 times every
 * accumulator fits 32 bits and h fits 16 (`paired`); other layers keep plain bytes. */
#ifndef PERSONA_PACKING_H
#define PERSONA_PACKING_H

#include "isa.h"

#if PERSONA_ISA == PERSONA_ISA_DSP
#define PERSONA_PAIR(a, b) (int8_t)(b), (int8_t)((a) - ((b) < 0))
#define PERSONA_TAPS(a, b, c, d) PERSONA_PAIR(a, b), PERSONA_PAIR(c, d)
#define PERSONA_DSP_OR(dsp, other) dsp
#else
#define PERSONA_TAPS(a, b, c, d) a, b, c, d
#define PERSONA_DSP_OR(dsp, other) other
#endif

#endif
