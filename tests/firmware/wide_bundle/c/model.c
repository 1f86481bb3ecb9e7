#include "model.h"

#define FLOATS 1042
#define WEIGHTS 1024
#define CODE 32

static const float wide_prototypes[FLOATS] = { 0.25f };
static const persona_io io = { 0, 4, PERSONA_INT8 };
static const persona_tensor tensors[] = { { 0, WEIGHTS, 0.5f }, { WEIGHTS, FLOATS - WEIGHTS, 0.1f } };

/* A code of which each tensor uses all. */
static const int8_t weight_rows[(CODE + 1) * WEIGHTS] = { 1 };
static const int8_t bias_rows[(CODE + 1) * (FLOATS - WEIGHTS)] = { 1 };
static const persona_latent latent[] = { { 0, CODE, 0.0001f, weight_rows }, { 0, CODE, 0.0001f, bias_rows } };

static void invoke(uint8_t *arena, const float *adaptive, persona_trace trace, void *user)
{
    (void)arena;
    (void)adaptive;
    (void)trace;
    (void)user;
}

const persona_model wide_model = {
    .abi = PERSONA_MODEL_ABI,
    .rounding = PERSONA_ROUNDING_TFLM,
    .prototypes_count = 1,
    .name = "wide",
    .arena_bytes = 16,
    .adaptive_floats = FLOATS,
    .ops_count = 1,
    .inputs_count = 1,
    .outputs_count = 1,
    .tensors_count = 2,
    .inputs = &io,
    .outputs = &io,
    .tensors = tensors,
    .prototypes = wide_prototypes,
    .invoke = invoke,
    .code_bytes = CODE,
    .latent = latent,
};
