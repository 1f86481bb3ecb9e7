/* The operator of ../fully_connected_s8.h: plain C so far. */
#ifndef PERSONA_DSP_FULLY_CONNECTED_S8_H
#define PERSONA_DSP_FULLY_CONNECTED_S8_H

#include "../plain/fully_connected_s8.h"

#endif
