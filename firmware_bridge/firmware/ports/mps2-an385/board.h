/* AN385 (Cortex-M3): Application Note AN385, tables "Memory map" and "Interrupts". Processor, UART, watchdog and
 * SysTick run at 25 MHz. */
#ifndef PERSONA_MPS2_AN385_H
#define PERSONA_MPS2_AN385_H

#define CLOCK_HZ 25000000u
#define UART0 0x40004000u
#define UART0_RX_INTERRUPT 0u
#define WATCHDOG 0x40008000u
#define WATCHDOG_HZ CLOCK_HZ

#endif
