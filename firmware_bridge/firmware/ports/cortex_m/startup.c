#include "startup.h"

#include "fault.h"
#include "registers.h"
#include "systick.h"

#include <string.h>

typedef void (*vector)(void);

/* A port that leaves SysTick alone has no handler for it. */
#pragma weak persona_systick

extern uint8_t persona_data_start[], persona_data_end[], persona_bss_start[], persona_bss_end[];
extern const uint8_t persona_data_image[];

extern uint8_t persona_part_stack[PERSONA_STACK_BYTES];
__attribute__((section(".bss.stack"), aligned(8))) uint8_t persona_part_stack[PERSONA_STACK_BYTES];

#if __ARM_ARCH >= 8
/* Armv8-M Architecture Reference Manual, D1.2: a push below the limit is a UsageFault. */
static void guard_stack(void)
{
    __asm__ volatile("msr msplim, %0" ::"r"(persona_part_stack));
}
#elif __ARM_ARCH >= 7
#define GUARD_LOG2 20u

/* RAM begins at a multiple of the guard's size, as a region must. Nothing is below it that the firmware reads: the
 * STM32F405's boot loader and option bytes, elsewhere nothing; in QEMU dummy devices. */
static void guard_stack(void)
{
    if ((MPU_TYPE & MPU_TYPE_REGIONS) == 0) {
        return;
    }
    MPU_RNR = 0;
    MPU_RBAR = (uint32_t)(uintptr_t)persona_part_stack - (1u << GUARD_LOG2);
    MPU_RASR = MPU_RASR_NO_EXECUTE | MPU_RASR_SIZE(GUARD_LOG2) | MPU_RASR_ENABLE;
    MPU_CTRL = MPU_CTRL_ENABLE | MPU_CTRL_DEFAULT_MAP;
    __asm__ volatile("dsb\n isb" ::: "memory");
}
#else
static void guard_stack(void)
{
}
#endif

static void reset(void)
{
#ifdef __ARM_FP
    CPACR |= CPACR_FPU;
    __asm__ volatile("dsb\n isb" ::: "memory");
#endif
#if __ARM_ARCH >= 7
    SHCSR |= SHCSR_FAULTS;
#endif
    guard_stack();
    memcpy(persona_data_start, persona_data_image, (size_t)(persona_data_end - persona_data_start));
    memset(persona_bss_start, 0, (size_t)(persona_bss_end - persona_bss_start));
    (void)main();
    persona_stop("main has returned", PERSONA_EXIT_PANIC);
}

static void interrupt(void)
{
    uint32_t exception;
    __asm__ volatile("mrs %0, ipsr" : "=r"(exception));
    persona_interrupt(exception - 16u);
}

#define FOUR(entry) entry, entry, entry, entry
#define THIRTY_TWO(entry)                                                                                              \
    FOUR(entry), FOUR(entry), FOUR(entry), FOUR(entry), FOUR(entry), FOUR(entry), FOUR(entry), FOUR(entry)
#if PERSONA_INTERRUPTS == 96
#define ALL(entry) THIRTY_TWO(entry), THIRTY_TWO(entry), THIRTY_TWO(entry)
#elif PERSONA_INTERRUPTS == 64
#define ALL(entry) THIRTY_TWO(entry), THIRTY_TWO(entry)
#elif PERSONA_INTERRUPTS == 32
#define ALL(entry) THIRTY_TWO(entry)
#else
#error "PERSONA_INTERRUPTS must be 32, 64 or 96"
#endif

/* Armv7-M Architecture Reference Manual (DDI 0403E.e), B1.5.2 (p. B1-525) and B1.5.3; Armv6-M (DDI 0419E), B1.5.2,
 * leaves out exceptions 4, 5, 6 and 12. */
static const struct {
    const uint8_t *stack;
    vector exceptions[15];
    vector interrupts[PERSONA_INTERRUPTS];
} vectors __attribute__((section(".vectors"), used)) = {
    .stack = persona_part_stack + PERSONA_STACK_BYTES,
    .exceptions = { reset, persona_fault, persona_fault, persona_fault, persona_fault, persona_fault, NULL, NULL, NULL,
                    NULL, persona_fault, persona_fault, NULL, persona_fault, persona_systick },
    .interrupts = { ALL(interrupt) },
};
