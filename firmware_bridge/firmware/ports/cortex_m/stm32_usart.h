/* stm32_usart.h: a USART of the STM32F4, F2 or F1 (RM0090 of the F4, chapter 30), eight bits, no parity.
 *
 * Received bytes come by interrupt into a ring (receive_ring.h). The USART keeps one byte more.
 */
#ifndef PERSONA_STM32_USART_H
#define PERSONA_STM32_USART_H

#include <stdint.h>

/* `clock` of its bus and `baud` in Hz; the bus's clock and the pins are set up. */
void persona_usart_start(uint32_t base, uint32_t interrupt, uint32_t clock, uint32_t baud);

/* The next byte, or -1. */
int persona_usart_read(void);

/* Sleep until an interrupt, unless a byte is there. */
void persona_usart_wait(void);

/* Returns when the last byte has left. */
void persona_usart_write(const uint8_t *bytes, uint32_t size);

/* To be called by the USART's interrupt. */
void persona_usart_received(void);

#endif
