/* The operator of ../fully_connected_s8.h: plain C so far. */
#ifndef PERSONA_MVE_FULLY_CONNECTED_S8_H
#define PERSONA_MVE_FULLY_CONNECTED_S8_H

#include "../plain/fully_connected_s8.h"

#endif
