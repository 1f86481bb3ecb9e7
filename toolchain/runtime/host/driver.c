/* driver.c: the model of one bundle as a shared library of this machine; many windows in one call.
 *
 * The caller owns all memory: the arena, and for each input, output and the embedding an array with one row a window.
 */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "persona_bundle.h"

uint32_t persona_native_arena_bytes(void);
void persona_native_reset(uint8_t *arena);
void persona_native_run(uint8_t *arena, uint32_t windows, uint8_t fresh, const uint8_t *const *inputs,
                        const float *adaptive, uint32_t adaptive_step, uint8_t *const *outputs, uint8_t *embeddings);

static const persona_model *const model = &PERSONA_BUNDLE_MODEL;

uint32_t persona_native_arena_bytes(void)
{
    return model->arena_bytes;
}

/* Forgets what earlier inferences left. */
void persona_native_reset(uint8_t *arena)
{
    if (model->reset != NULL) {
        model->reset(arena);
    }
}

/* `fresh`: forget before each window. The adaptive parameters of window i begin at float i * adaptive_step of
 * `adaptive`; `embeddings` is NULL where nobody wants them or the model has none. */
void persona_native_run(uint8_t *arena, uint32_t windows, uint8_t fresh, const uint8_t *const *inputs,
                        const float *adaptive, uint32_t adaptive_step, uint8_t *const *outputs, uint8_t *embeddings)
{
    for (size_t window = 0; window < windows; window++) {
        if (fresh) {
            persona_native_reset(arena);
        }
        for (uint32_t i = 0; i < model->inputs_count; i++) {
            const persona_io *io = &model->inputs[i];
            memcpy(arena + io->offset, inputs[i] + window * io->bytes, io->bytes);
        }
        const float *bank = adaptive == NULL ? model->prototypes : adaptive + window * adaptive_step;
        model->invoke(arena, bank, NULL, NULL);
        for (uint32_t i = 0; i < model->outputs_count; i++) {
            const persona_io *io = &model->outputs[i];
            memcpy(outputs[i] + window * io->bytes, arena + io->offset, io->bytes);
        }
        if (embeddings != NULL) {
            memcpy(embeddings + window * model->embedding.bytes, arena + model->embedding.offset,
                   model->embedding.bytes);
        }
    }
}
