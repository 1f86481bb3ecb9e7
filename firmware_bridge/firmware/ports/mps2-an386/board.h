/* AN386 (Cortex-M4F): Application Note AN386, tables "Memory map" and "Interrupts". Processor, UART and SysTick run at
 * 25 MHz. */
#ifndef PERSONA_MPS2_AN386_H
#define PERSONA_MPS2_AN386_H

#define CLOCK_HZ 25000000u
#define UART0 0x40004000u
#define UART0_RX_INTERRUPT 0u

#endif
