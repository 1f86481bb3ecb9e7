/* model.h: a model that never comes back when its one adaptive parameter is positive. */
#ifndef HANGING_MODEL_H
#define HANGING_MODEL_H

#include "persona_model.h"

extern const persona_model hanging_model;

#endif
