/* model.h: a model that fails in the way its one input byte asks for. */
#ifndef FAULTY_MODEL_H
#define FAULTY_MODEL_H

#include "persona_model.h"

extern const persona_model faulty_model;

#endif
