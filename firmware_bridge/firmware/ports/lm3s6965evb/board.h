/* board.h: Stellaris LM3S6965 evaluation board: LM3S6965 (Cortex-M3, 256 KB flash, 64 KB SRAM), crystal of 8 MHz, whose
 * USB interface has the serial port. Addresses: LM3S6965 data sheet, Table 2-4, "Memory Map" (in 2.4); interrupts: its
 * table "Interrupts" (in 2.5.2). See bringup.h for its editions. */
#ifndef PERSONA_LM3S6965EVB_H
#define PERSONA_LM3S6965EVB_H

#define CRYSTAL_HZ 8000000u
#define CORE_HZ 50000000u

#define UART0 0x4000C000u
#define UART0_INTERRUPT 5u

#define WATCHDOG 0x40000000u
#define WATCHDOG_INTERRUPT 18u

#define BAUD 115200u

/* A sleep ends 47 times a second at 50 MHz, and 7 times at 8. */
#define SYSTICK_RELOAD 0xFFFFFu

#endif
