/* The operator of ../fully_connected_f32.h: the order of additions leaves nothing to vectors, the scalar FPU does it. */
#ifndef PERSONA_MVE_FULLY_CONNECTED_F32_H
#define PERSONA_MVE_FULLY_CONNECTED_F32_H

#include "../dsp/fully_connected_f32.h"

#endif
