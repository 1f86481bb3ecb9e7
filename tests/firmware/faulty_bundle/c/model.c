#include "model.h"

#include <stddef.h>

static const persona_io input = { 0, 1, PERSONA_INT8 };
static const persona_io output = { 4, 1, PERSONA_INT8 };

/* Not a tail call, so that it really takes stack; `volatile` keeps the compiler from seeing through it. */
static uint32_t recur(volatile uint32_t depth)
{
    volatile uint32_t block[64];
    block[depth % 64] = depth;
    return recur(depth + 1) + block[depth % 64];
}

static void invoke(uint8_t *arena, const float *adaptive, persona_trace trace, void *user)
{
    (void)adaptive;
    (void)trace;
    (void)user;
    switch (arena[0]) {
    case 'b': /* nothing is mapped there */
        arena[4] = *(volatile uint8_t *)(uintptr_t)0xA0000000u;
        break;
    case 'u':
        __asm__ volatile("udf #0");
        break;
    case 's':
        arena[4] = (uint8_t)recur(0);
        break;
    default:
        arena[4] = arena[0];
    }
}

const persona_model faulty_model = {
    .abi = PERSONA_MODEL_ABI,
    .rounding = PERSONA_ROUNDING_TFLM,
    .name = "faulty",
    .arena_bytes = 16,
    .ops_count = 1,
    .inputs_count = 1,
    .outputs_count = 1,
    .inputs = &input,
    .outputs = &output,
    .invoke = invoke,
};
