/* FULLY_CONNECTED on float32: products are added one after the other from 0, then the bias. The order is the contract:
 * the NumPy reference uses the same, so that the bits agree on every machine (build with -ffp-contract=off). */
#ifndef PERSONA_FULLY_CONNECTED_F32_H
#define PERSONA_FULLY_CONNECTED_F32_H

#include "isa.h"

#if PERSONA_ISA == PERSONA_ISA_MVE
#include "mve/fully_connected_f32.h"
#elif PERSONA_ISA == PERSONA_ISA_DSP
#include "dsp/fully_connected_f32.h"
#else
#include "plain/fully_connected_f32.h"
#endif

#endif
