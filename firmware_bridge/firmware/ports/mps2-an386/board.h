/* AN386 (Cortex-M4F): Application Note AN386, tables "Memory map" and "Interrupts". Processor, UART, watchdog and
 * SysTick run at 25 MHz. */
#ifndef PERSONA_MPS2_AN386_H
#define PERSONA_MPS2_AN386_H

#define CLOCK_HZ 25000000u
#define UART0 0x40004000u
#define UART0_RX_INTERRUPT 0u
#define WATCHDOG 0x40008000u
#define WATCHDOG_HZ CLOCK_HZ
/* The first 256 KB of the 16 MB of PSRAM; QEMU can keep them in a file. */
#define STORAGE 0x21000000u
#define STORAGE_SECTORS 256u

#endif
