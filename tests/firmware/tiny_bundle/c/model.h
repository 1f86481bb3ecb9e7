/* model.h: the smallest model with everything the core looks at, written by hand (tests/firmware/tiny_model.py mirrors
 * it). */
#ifndef TINY_MODEL_H
#define TINY_MODEL_H

#include "persona_model.h"

extern const persona_model tiny_model;

#endif
