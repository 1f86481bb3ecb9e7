/* cortex_m.c: from reset to persona_bench() on any Cortex-M.
 *
 * It takes the place of a port, because a port is larger than the code of some models: no interrupts, four vectors.
 * All faults escalate to HardFault, which ends the emulator. What has no initial value is not cleared: infer.c
 * does not rely on it, and a model may not. */
#include "bench.h"
#include "registers.h"
#include "semihosting.h"

/* Checked against the compiler's call graph by whoever measures (hil/bench). */
#define STACK_BYTES 2048

#define EXIT_FAULT 103u

typedef void (*vector)(void);

extern uint32_t persona_data_start[], persona_data_end[];
extern const uint32_t persona_data_image[];

extern uint8_t persona_part_stack[STACK_BYTES];
__attribute__((section(".bss.stack"), aligned(8))) uint8_t persona_part_stack[STACK_BYTES];

static void fault(void)
{
    persona_semihosting_exit(EXIT_FAULT);
}

static void reset(void)
{
#ifdef __ARM_FP
    CPACR |= CPACR_FPU;
    __asm__ volatile("dsb\n isb" ::: "memory");
#endif
    const uint32_t *from = persona_data_image;
    for (uint32_t *to = persona_data_start; to != persona_data_end; to++) {
        *to = *from++;
    }
    persona_bench_open();
    persona_bench();
}

/* Armv7-M Architecture Reference Manual (DDI 0403E.e), B1.5.2 (p. B1-525) and B1.5.3: stack, Reset, NMI, HardFault. */
static const struct {
    const uint8_t *stack;
    vector exceptions[3];
} vectors __attribute__((section(".vectors"), used)) = {
    .stack = persona_part_stack + STACK_BYTES,
    .exceptions = { reset, fault, fault },
};
