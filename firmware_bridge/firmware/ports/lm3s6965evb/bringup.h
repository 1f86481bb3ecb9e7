/* bringup.h: the LM3S6965 from reset to 50 MHz, the clocks of what the port uses, and the pins of UART0. LM3S6965 data
 * sheet, chapters 5 (system control) and 8 (GPIO).
 *
 * Pages are those of the PDF that TI offers as lm3s6965.pdf; other editions have other pages (5.4 and 5.5 are pp. 184
 * to 200 of DS-LM3S6965-12746.2515, revision H). */
#ifndef PERSONA_BRINGUP_H
#define PERSONA_BRINGUP_H

#include <stdint.h>

/* Gives the system clock in Hz, which core, SysTick, UART and watchdog run on, as it came to be: no wait is endless,
 * and without the PLL the crystal itself is the clock. */
uint32_t persona_bringup(void);

#endif
