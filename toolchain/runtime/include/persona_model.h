/* persona_model.h: what a compiled model offers to whoever runs it.
 *
 * A generated model is one constant `persona_model` and one function behind it. The caller owns all memory: an arena of
 * `arena_bytes`, aligned to PERSONA_ARENA_ALIGN, and the adaptive parameters. Nothing is allocated, nothing is global,
 * so that several models, or several instances of one model, live in one program.
 *
 *     static _Alignas(PERSONA_ARENA_ALIGN) uint8_t arena[MODEL_ARENA_BYTES];
 *     if (model->reset != NULL) model->reset(arena); // once, and whenever the past is to be forgotten
 *     memcpy(arena + model->inputs[0].offset, window, model->inputs[0].bytes);
 *     model->invoke(arena, model->prototypes, NULL, NULL);
 *     memcpy(scores, arena + model->outputs[0].offset, model->outputs[0].bytes);
 */
#ifndef PERSONA_MODEL_H
#define PERSONA_MODEL_H

#include <stdint.h>

#define PERSONA_MODEL_ABI 3
#define PERSONA_ARENA_ALIGN 16
#define PERSONA_FINGERPRINT_BYTES 8

/* Element types of inputs and outputs. */
enum {
    PERSONA_INT8 = 0,
    PERSONA_FLOAT32 = 1,
    PERSONA_INT16 = 2,
    PERSONA_INT32 = 3,
    PERSONA_UINT8 = 4,
    PERSONA_BOOL = 5,
    PERSONA_INT64 = 6
};

/* Rounding contracts of the integer operators (docs/numerics.md). */
enum { PERSONA_ROUNDING_TFLM = 0, PERSONA_ROUNDING_LITERT = 1 };

/* An input, an output or the embedding: `bytes` bytes at `offset` of the arena. */
typedef struct {
    uint32_t offset;
    uint32_t bytes;
    uint8_t type;
} persona_io;

/* An adaptive tensor: `count` floats at float `offset` of the adaptive buffer; an edit moves each by at most `clip`. */
typedef struct {
    uint32_t offset;
    uint32_t count;
    float clip;
} persona_tensor;

/* How the edit codec `latent` makes the delta of one adaptive tensor from the part `first`..`first + count - 1` of a
 * code: delta[i] = clip((float)(sum over k of code[first + k] * rows[k][i] + 127 * rows[count][i]) * scale), -T..T. */
typedef struct {
    uint16_t first;
    uint16_t count;
    float scale;
    const int8_t *rows; /* [count + 1][tensor.count] */
} persona_latent;

/* Frozen evaluation vectors, with which a device tries an edit before it trusts it. */
typedef struct {
    uint16_t count;
    uint16_t least;        /* vectors that must be right */
    const uint8_t *inputs; /* [count][bytes of all inputs, in graph order] */
    const uint8_t *labels; /* [count]: index of the largest element of output 0, the first of equals */
} persona_trials;

/* Called after each operator with its place in the model and its output, when the caller asks for it. */
typedef void (*persona_trace)(void *user, uint32_t op, const void *output, uint32_t bytes);

typedef struct {
    uint16_t abi;             /* PERSONA_MODEL_ABI */
    uint8_t rounding;         /* PERSONA_ROUNDING_* */
    uint8_t prototypes_count; /* entries of the prototype table; entry 0 is the factory head; 0: nothing is adaptive */
    const char *name;
    uint8_t base[PERSONA_FINGERPRINT_BYTES];
    uint8_t layout[PERSONA_FINGERPRINT_BYTES];
    uint32_t arena_bytes;
    uint32_t adaptive_floats;
    uint16_t ops_count;
    uint8_t inputs_count;
    uint8_t outputs_count;
    uint16_t tensors_count;
    const persona_io *inputs;
    const persona_io *outputs;
    persona_io embedding; /* int8 input of the first adaptive layer, intact after invoke; bytes 0: none */
    const persona_tensor *tensors;
    const float *prototypes; /* [prototypes_count][adaptive_floats] */
    void (*invoke)(uint8_t *arena, const float *adaptive, persona_trace trace, void *user);
    void (*reset)(uint8_t *arena); /* sets what the model keeps between inferences; NULL: it keeps nothing */
    uint16_t code_bytes;           /* of the codec `latent`; 0: the model has no such codec */
    const persona_latent *latent;  /* one for each adaptive tensor */
    const persona_trials *trials;  /* NULL: none */
    /* What the embedding looked like in training, for the drift: mean in 1/16, standard deviation in 1/2 of a step, one
     * for each byte of the embedding; NULL: not known. */
    const int16_t *embedding_mean;
    const uint8_t *embedding_spread;
} persona_model;

#endif
