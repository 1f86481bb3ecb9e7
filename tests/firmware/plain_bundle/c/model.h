/* model.h: a model without adaptive parameters, with two inputs, an output too long for a frame, and a memory. */
#ifndef PLAIN_MODEL_H
#define PLAIN_MODEL_H

#include "persona_model.h"

extern const persona_model plain_model;

#endif
