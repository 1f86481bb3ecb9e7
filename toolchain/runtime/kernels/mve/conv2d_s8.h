/* The operator of ../conv2d_s8.h: plain C so far. */
#ifndef PERSONA_MVE_CONV2D_S8_H
#define PERSONA_MVE_CONV2D_S8_H

#include "../plain/conv2d_s8.h"

#endif
