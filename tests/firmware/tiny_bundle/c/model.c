#include "model.h"

#define INPUTS 8
#define EMBEDDING 4
#define OUTPUTS 3
#define FLOATS (OUTPUTS * EMBEDDING + OUTPUTS)

#define INPUT_OFFSET 0
#define EMBEDDING_OFFSET 16
#define OUTPUT_OFFSET 32

static const float tiny_prototypes[3 * FLOATS] = {
    -0.875f, -0.75f, -0.625f, -0.5f, -0.375f, -0.25f, -0.125f, 0.0f, 0.125f, 0.25f, 0.375f, 0.5f, 0.625f, 0.75f, 0.875f,
    -0.575f, -0.45f, -0.325f, -0.2f, -0.075f, 0.05f,  0.175f,  0.3f, 0.425f, 0.55f, 0.675f, 0.8f, 0.925f, 1.05f, 1.175f,
    -0.275f, -0.15f, -0.025f, 0.1f,  0.225f,  0.35f,  0.475f,  0.6f, 0.725f, 0.85f, 0.975f, 1.1f, 1.225f, 1.35f, 1.475f,
};

static const persona_io inputs[] = { { INPUT_OFFSET, INPUTS, PERSONA_INT8 } };
static const persona_io outputs[] = { { OUTPUT_OFFSET, OUTPUTS * sizeof(float), PERSONA_FLOAT32 } };
static const persona_tensor tensors[] = { { 0, OUTPUTS *EMBEDDING, 0.5f }, { OUTPUTS * EMBEDDING, OUTPUTS, 1.999f } };

/* Codec latent: the two tensors share the third level of a code of four. */
static const int8_t weight_rows[4 * OUTPUTS * EMBEDDING] = {
    -128, 113, 97,  3,   112, 121, 120,  -107, -12, 27,  -55, -31, 32,  77,  21,   -83,
    45,   95,  -71, 11,  -41, 103, -112, -6,   101, -18, -92, 74,  118, 123, 110,  -33,
    59,   120, 19,  109, 23,  -82, -9,   28,   -50, 52,  -23, 113, -75, 42,  -104, -93,
};
static const int8_t bias_rows[3 * OUTPUTS] = {
    127, -1, 0, -2, 91, 0, -35, 117, 98,
};
static const persona_latent latent[] = { { 0, 3, 0x1p-15f, weight_rows }, { 2, 2, 0x1p-13f, bias_rows } };

/* Told apart by the sign of all their numbers. */
static const uint8_t trial_inputs[4 * INPUTS] = {
    50,  50,  50,  50,  50,  50,  50,  50,  90,  90,  90,  90,  90,  90,  90,  90,
    206, 206, 206, 206, 206, 206, 206, 206, 166, 166, 166, 166, 166, 166, 166, 166,
};
static const uint8_t trial_labels[4] = { 2, 2, 0, 0 };
static const persona_trials trials = { 4, 3, trial_inputs, trial_labels };

static void embed(const int8_t *input, int8_t *embedding)
{
    for (int i = 0; i < EMBEDDING; i++) {
        embedding[i] = (int8_t)((input[2 * i] + input[2 * i + 1]) / 2);
    }
}

static void dense(const int8_t *embedding, const float *adaptive, float *output)
{
    for (int row = 0; row < OUTPUTS; row++) {
        float sum = adaptive[OUTPUTS * EMBEDDING + row];
        for (int i = 0; i < EMBEDDING; i++) {
            sum = sum + adaptive[row * EMBEDDING + i] * (float)embedding[i];
        }
        output[row] = sum;
    }
}

static void invoke(uint8_t *arena, const float *adaptive, persona_trace trace, void *user)
{
    int8_t *const embedding = (int8_t *)(arena + EMBEDDING_OFFSET);
    float *const output = (float *)(void *)(arena + OUTPUT_OFFSET);
    embed((const int8_t *)(arena + INPUT_OFFSET), embedding);
    dense(embedding, adaptive, output);
    if (trace) {
        trace(user, 0, output, OUTPUTS * sizeof(float));
    }
}

const persona_model tiny_model = {
    .abi = PERSONA_MODEL_ABI,
    .rounding = PERSONA_ROUNDING_TFLM,
    .prototypes_count = 3,
    .name = "tiny",
    .base = { 1, 2, 3, 4, 5, 6, 7, 8 },
    .layout = { 0x6e, 0xc8, 0x79, 0xd1, 0x37, 0xda, 0x69, 0xbb },
    .arena_bytes = 48,
    .adaptive_floats = FLOATS,
    .ops_count = 1,
    .inputs_count = 1,
    .outputs_count = 1,
    .tensors_count = 2,
    .inputs = inputs,
    .outputs = outputs,
    .embedding = { EMBEDDING_OFFSET, EMBEDDING, PERSONA_INT8 },
    .tensors = tensors,
    .prototypes = tiny_prototypes,
    .invoke = invoke,
    .code_bytes = 4,
    .latent = latent,
    .trials = &trials,
};
