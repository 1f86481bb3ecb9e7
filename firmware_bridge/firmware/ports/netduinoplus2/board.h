/* board.h: Netduino Plus 2: STM32F405RG (Cortex-M4F, 1 MB flash, 128 KB SRAM and 64 KB that only the core reaches),
 * crystal of 25 MHz. Addresses: data sheet DS8626 Rev 12, Table 10 (from p. 74), and reference manual RM0090 Rev 21,
 * Table 1 (USART1 on p. 66); interrupts: RM0090, Table 62 (USART1 on p. 376). */
#ifndef PERSONA_NETDUINOPLUS2_H
#define PERSONA_NETDUINOPLUS2_H

#define CRYSTAL_HZ 25000000u
#define CORE_HZ 168000000u

/* The board's header calls its pins SC and SD: PB6 (transmits) and PB7 (receives). The other pins that USART1 can have,
 * PA9 and PA10, are the USB's supply and the blue light here. */
#define USART1 0x40011000u
#define USART1_INTERRUPT 37u

#define BAUD 115200u

/* RM0090, 12.1.1 (p. 374), has 82 of them. */
#define PERSONA_INTERRUPTS 96

/* A sleep ends 80 times a second at 168 MHz, and 8 times at 16. */
#define SYSTICK_RELOAD 0x1FFFFFu

#endif
