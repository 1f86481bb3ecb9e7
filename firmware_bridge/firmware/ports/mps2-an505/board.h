/* AN505 (Cortex-M33): Application Note AN505, tables "Memory map" and "Interrupts"; the secure addresses, in which the
 * processor starts. 20 MHz. */
#ifndef PERSONA_MPS2_AN505_H
#define PERSONA_MPS2_AN505_H

#define CLOCK_HZ 20000000u
#define UART0 0x50200000u
#define UART0_RX_INTERRUPT 32u
#define WATCHDOG 0x5002E000u /* the one that the subsystem (SSE-200) runs from its slow clock */
#define WATCHDOG_HZ 32768u

#endif
