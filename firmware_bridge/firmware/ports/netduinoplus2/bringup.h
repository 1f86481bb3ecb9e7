/* bringup.h: the STM32F405 from reset to 168 MHz, and the pins of USART1. RM0090 is ST's reference manual of the
 * STM32F405, here Rev 21: its chapters 3 (flash interface), 5 (power), 7 (reset and clock) and 8 (GPIO). DS8626 is its
 * data sheet, here Rev 12. Pages are the printed ones of these revisions.
 *
 * QEMU 7.2 has no model of them: each register reads 0. */
#ifndef PERSONA_BRINGUP_H
#define PERSONA_BRINGUP_H

#include <stdint.h>

typedef struct {
    uint32_t core_hz;  /* of the core and SysTick */
    uint32_t usart_hz; /* of the bus that USART1 is on, APB2 */
} persona_clocks;

/* Set up the clocks, as fast as they can be, and the pins; what they came to is what the baud rate is computed from. No
 * wait is endless: without a crystal the core stays on its internal oscillator of 16 MHz. */
persona_clocks persona_bringup(void);

#endif
