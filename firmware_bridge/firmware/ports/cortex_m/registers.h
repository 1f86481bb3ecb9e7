/* registers.h: how a port reaches memory-mapped registers, and the core registers shared by every Cortex-M used here
 * (Armv7-M Architecture Reference Manual, B3.2 and B3.3). */
#ifndef PERSONA_REGISTERS_H
#define PERSONA_REGISTERS_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define SYST_CSR REGISTER(0xE000E010u)
#define SYST_RVR REGISTER(0xE000E014u)
#define SYST_CVR REGISTER(0xE000E018u)
#define ICSR REGISTER(0xE000ED04u)
#define SHCSR REGISTER(0xE000ED24u)
#define CFSR REGISTER(0xE000ED28u)
#define BFAR REGISTER(0xE000ED38u)
#define CPACR REGISTER(0xE000ED88u)

#define NVIC_ISER(number) REGISTER(0xE000E100u + 4u * ((number) / 32u))

#define ICSR_SYSTICK_PENDING (1u << 26)
#define SHCSR_FAULTS (7u << 16) /* MemManage, BusFault and UsageFault as exceptions of their own */
#define CPACR_FPU (0xFu << 20)

static inline void enable_interrupt(uint32_t number)
{
    NVIC_ISER(number) = 1u << (number % 32u);
}

#endif
