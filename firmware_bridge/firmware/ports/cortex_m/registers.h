/* registers.h: how a port reaches memory-mapped registers, and the core registers shared by every Cortex-M used here
 * (Armv7-M Architecture Reference Manual DDI 0403E.e: B3.2 system control, p. B3-595; B3.3 SysTick, p. B3-620; B3.4
 * NVIC, p. B3-624; B3.5 MPU, p. B3-632). Armv6-M has SYST, ICSR, AIRCR and NVIC of these, and no others (its own
 * manual, DDI 0419E, B3.2 to B3.4). */
#ifndef PERSONA_REGISTERS_H
#define PERSONA_REGISTERS_H

#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(uintptr_t)(address))

#define SYST_CSR REGISTER(0xE000E010u)
#define SYST_RVR REGISTER(0xE000E014u)
#define SYST_CVR REGISTER(0xE000E018u)
#define ICSR REGISTER(0xE000ED04u)
#define AIRCR REGISTER(0xE000ED0Cu)
#define SHCSR REGISTER(0xE000ED24u)
#define CFSR REGISTER(0xE000ED28u)
#define MMFAR REGISTER(0xE000ED34u)
#define BFAR REGISTER(0xE000ED38u)
#define CPACR REGISTER(0xE000ED88u)

#define MPU_TYPE REGISTER(0xE000ED90u)
#define MPU_CTRL REGISTER(0xE000ED94u)
#define MPU_RNR REGISTER(0xE000ED98u)
#define MPU_RBAR REGISTER(0xE000ED9Cu)
#define MPU_RASR REGISTER(0xE000EDA0u)

#define NVIC_ISER(number) REGISTER(0xE000E100u + 4u * ((number) / 32u))
#define NVIC_ICER(number) REGISTER(0xE000E180u + 4u * ((number) / 32u))

#define ICSR_SYSTICK_PENDING (1u << 26)
#define AIRCR_RESET 0x05FA0004u /* the key that a write needs, and SYSRESETREQ */
#define SHCSR_FAULTS (7u << 16) /* MemManage, BusFault and UsageFault as exceptions of their own */
#define CPACR_FPU (0xFu << 20)
#define MPU_TYPE_REGIONS (0xFFu << 8)
#define MPU_CTRL_ENABLE (1u << 0)
#define MPU_CTRL_DEFAULT_MAP (1u << 2) /* where no region lies, the memory map is as without the MPU */
#define MPU_RASR_ENABLE (1u << 0)
#define MPU_RASR_SIZE(log2) (((log2)-1u) << 1)
#define MPU_RASR_NO_EXECUTE (1u << 28) /* access permission 0, none at all, needs no bit */

static inline void enable_interrupt(uint32_t number)
{
    NVIC_ISER(number) = 1u << (number % 32u);
}

static inline void disable_interrupt(uint32_t number)
{
    NVIC_ICER(number) = 1u << (number % 32u);
    __asm__ volatile("dsb\n isb" ::: "memory");
}

/* Mask all interrupts; returns what restore_interrupts wants. */
static inline uint32_t mask_interrupts(void)
{
    uint32_t before;
    __asm__ volatile("mrs %0, primask\n cpsid i" : "=r"(before)::"memory");
    return before;
}

static inline void restore_interrupts(uint32_t before)
{
    __asm__ volatile("msr primask, %0" ::"r"(before) : "memory");
}

#endif
