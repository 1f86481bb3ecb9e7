/* model.h: a model with as many adaptive parameters as the default one, for measuring what an edit costs. */
#ifndef WIDE_MODEL_H
#define WIDE_MODEL_H

#include "persona_model.h"

extern const persona_model wide_model;

#endif
