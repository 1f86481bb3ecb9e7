/* infer.c: one inference after the other, for whoever counts their instructions from outside.
 *
 * There is next to nothing in this image but the model, so that its size is the model's size in flash. The host sends a
 * byte (1: call back after each operator, else 0) and a window, all inputs in graph order. It gets all outputs and one
 * byte that is 1 if nothing wrote right before or behind the arena. Any other byte is sent back: what arrives before
 * the line is set up gets lost, so a host asks that way first. A build with PERSONA_BENCH_TICKS also sends, at each
 * mark, the ticks since the last one (ticks.h).
 *
 * The marks are two functions. An inference is what is executed between two calls of persona_bench_mark, an operator
 * what is executed up to a call of persona_bench_operator.
 */
#include "bench.h"
#include "persona_bundle.h"
#include "ticks.h"

#include <stddef.h>

#define PLAIN 0u
#define GREETING 2u /* and above */
#define GUARD_WORDS 4u
#define GUARD 0xA55AC33Cu
#define ARENA_BYTES (PERSONA_BUNDLE_ARENA_BYTES > 0 ? PERSONA_BUNDLE_ARENA_BYTES : 1)
#define MARK __attribute__((noinline, used))

/* The guard behind begins at the next word, as the arena of a real device is padded to whole words. */
static struct {
    uint32_t before[GUARD_WORDS];
    __attribute__((aligned(PERSONA_ARENA_ALIGN))) uint8_t arena[ARENA_BYTES];
    uint32_t after[GUARD_WORDS];
} memory;

MARK static void persona_bench_mark(void)
{
    persona_ticks_send();
    __asm__ volatile("" ::: "memory");
}

MARK static void persona_bench_operator(void *user, uint32_t op, const void *output, uint32_t bytes)
{
    (void)user;
    (void)op;
    (void)output;
    (void)bytes;
    persona_ticks_send();
}

static uint32_t guards_differ(void)
{
    uint32_t differ = 0;
    for (uint32_t i = 0; i < GUARD_WORDS; i++) {
        differ |= (memory.before[i] ^ GUARD) | (memory.after[i] ^ GUARD);
        memory.before[i] = memory.after[i] = GUARD;
    }
    return differ;
}

static void transfer(const persona_io *io, uint32_t count, void (*one)(uint8_t *byte))
{
    for (; count > 0; count--, io++) {
        uint8_t *const place = memory.arena + io->offset;
        for (uint32_t i = 0; i < io->bytes; i++) {
            one(place + i);
        }
    }
}

void persona_bench(void)
{
    const persona_model *const model = &PERSONA_BUNDLE_MODEL;
    persona_ticks_start();
    for (;;) {
        uint8_t byte;
        persona_bench_read(&byte);
        if (byte >= GREETING) {
            persona_bench_write(&byte);
            continue;
        }
        const persona_trace trace = byte != PLAIN ? persona_bench_operator : NULL;
        (void)guards_differ();
        if (model->reset != NULL) {
            model->reset(memory.arena);
        }
        transfer(model->inputs, model->inputs_count, persona_bench_read);
        persona_bench_mark();
        model->invoke(memory.arena, model->prototypes, trace, NULL);
        persona_bench_mark();
        transfer(model->outputs, model->outputs_count, persona_bench_write);
        byte = guards_differ() == 0;
        persona_bench_write(&byte);
    }
}
