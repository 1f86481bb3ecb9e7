/* FULLY_CONNECTED on int8: weights [units][depth], one multiplier per unit. The bias holds the input's offset:
 * bias - in_zero * sum(weights). */
#ifndef PERSONA_FULLY_CONNECTED_S8_H
#define PERSONA_FULLY_CONNECTED_S8_H

#include "isa.h"

#if PERSONA_ISA == PERSONA_ISA_MVE
#include "mve/fully_connected_s8.h"
#elif PERSONA_ISA == PERSONA_ISA_DSP
#include "dsp/fully_connected_s8.h"
#else
#include "plain/fully_connected_s8.h"
#endif

#endif
