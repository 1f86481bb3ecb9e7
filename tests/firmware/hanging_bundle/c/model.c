#include "model.h"

static const persona_io input = { 0, 1, PERSONA_INT8 };
static const persona_io output = { 4, 1, PERSONA_INT8 };
static const persona_tensor tensors[] = { { 0, 1, 1.0f } };
static const float prototypes[1] = { -0.5f };

static void invoke(uint8_t *arena, const float *adaptive, persona_trace trace, void *user)
{
    (void)trace;
    (void)user;
    for (volatile uint8_t for_ever = adaptive[0] > 0.0f; for_ever != 0;) {
    }
    arena[4] = arena[0];
}

const persona_model hanging_model = {
    .abi = PERSONA_MODEL_ABI,
    .rounding = PERSONA_ROUNDING_TFLM,
    .prototypes_count = 1,
    .name = "hanging",
    .base = { 8, 7, 6, 5, 4, 3, 2, 1 },
    .layout = { 0x91, 0x45, 0x4f, 0x38, 0xd6, 0xce, 0x13, 0xb3 },
    .arena_bytes = 16,
    .adaptive_floats = 1,
    .ops_count = 1,
    .inputs_count = 1,
    .outputs_count = 1,
    .tensors_count = 1,
    .inputs = &input,
    .outputs = &output,
    .tensors = tensors,
    .prototypes = prototypes,
    .invoke = invoke,
};
