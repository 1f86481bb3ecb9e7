#include "model.h"

#include <stddef.h>

#define SMALL 3
#define LARGE 600

#define LARGE_OFFSET 0
#define SMALL_OFFSET 608
#define FIRST_OFFSET 624
#define SECOND_OFFSET 1232
#define STATE_OFFSET 1240

static const persona_io inputs[] = { { SMALL_OFFSET, SMALL, PERSONA_INT8 }, { LARGE_OFFSET, LARGE, PERSONA_INT8 } };
static const persona_io outputs[] = { { FIRST_OFFSET, LARGE, PERSONA_INT8 }, { SECOND_OFFSET, SMALL, PERSONA_INT8 } };

/* What the model keeps between inferences: how many there were, counted from one. */
static void reset(uint8_t *arena)
{
    arena[STATE_OFFSET] = 1;
}

/* The large input reversed, then the small one plus the number of this inference. */
static void invoke(uint8_t *arena, const float *adaptive, persona_trace trace, void *user)
{
    (void)adaptive;
    (void)trace;
    (void)user;
    for (uint32_t i = 0; i < LARGE; i++) {
        arena[FIRST_OFFSET + i] = arena[LARGE_OFFSET + LARGE - 1 - i];
    }
    for (uint32_t i = 0; i < SMALL; i++) {
        arena[SECOND_OFFSET + i] = (uint8_t)(arena[SMALL_OFFSET + i] + arena[STATE_OFFSET]);
    }
    arena[STATE_OFFSET]++;
}

const persona_model plain_model = {
    .abi = PERSONA_MODEL_ABI,
    .rounding = PERSONA_ROUNDING_TFLM,
    .prototypes_count = 0,
    .name = "plain",
    .base = { 9, 9, 9, 9, 9, 9, 9, 9 },
    .layout = { 0 },
    .arena_bytes = 1248,
    .adaptive_floats = 0,
    .ops_count = 1,
    .inputs_count = 2,
    .outputs_count = 2,
    .tensors_count = 0,
    .inputs = inputs,
    .outputs = outputs,
    .embedding = { 0, 0, PERSONA_INT8 },
    .tensors = NULL,
    .prototypes = NULL,
    .invoke = invoke,
    .reset = reset,
};
