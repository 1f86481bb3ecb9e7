/* AN547 (Cortex-M55): Application Note AN547, tables "Memory map" and "Interrupts"; the secure addresses, in which the
 * processor starts. 32 MHz. */
#ifndef PERSONA_MPS3_AN547_H
#define PERSONA_MPS3_AN547_H

#define CLOCK_HZ 32000000u
#define UART0 0x59303000u
#define UART0_RX_INTERRUPT 33u
#define WATCHDOG 0x5802E000u /* the one that the subsystem (SSE-300) runs from its slow clock */
#define WATCHDOG_HZ 32768u

#endif
