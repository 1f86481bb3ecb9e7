/* trial.h: a bank on trial: the model's frozen evaluation vectors, run with it before anybody relies on it.
 *
 * The model may end with any bank that is finite and within its bounds; whether it still tells what it ought to is seen
 * here only. What an earlier inference left in the model's variables is forgotten before each vector and at the end,
 * and so is a loaded input.
 */
#ifndef PERSONA_TRIAL_H
#define PERSONA_TRIAL_H

#include "runner.h"

/* Whether the device can tell the largest of a model's outputs. */
bool persona_trial_possible(const persona_model *model);

/* How many vectors are right: the largest element of output 0, the first of equals, is the labelled one. A model
 * without vectors has 0. */
uint32_t persona_trial_right(persona_runner *runner, const float *adaptive);

#endif
