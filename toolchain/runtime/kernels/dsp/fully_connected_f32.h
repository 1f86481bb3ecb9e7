/* The operator of ../fully_connected_f32.h: plain C so far. */
#ifndef PERSONA_DSP_FULLY_CONNECTED_F32_H
#define PERSONA_DSP_FULLY_CONNECTED_F32_H

#include "../plain/fully_connected_f32.h"

#endif
