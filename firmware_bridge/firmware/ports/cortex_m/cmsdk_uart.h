/* cmsdk_uart.h: the UART of Arm's Cortex-M System Design Kit (Technical Reference Manual DDI 0479, section 4.3).
 *
 * Received bytes come by interrupt into a ring (receive_ring.h).
 */
#ifndef PERSONA_CMSDK_UART_H
#define PERSONA_CMSDK_UART_H

#include <stdint.h>

/* `clock` and `baud` in Hz; `interrupt` is the number of the receive interrupt. */
void persona_uart_start(uint32_t base, uint32_t interrupt, uint32_t clock, uint32_t baud);

/* The next byte, or -1. */
int persona_uart_read(void);

/* Sleep until an interrupt, unless a byte is there. */
void persona_uart_wait(void);

void persona_uart_write(const uint8_t *bytes, uint32_t size);

/* To be called by the receive interrupt. */
void persona_uart_received(void);

#endif
