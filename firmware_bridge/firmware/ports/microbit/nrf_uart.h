/* nrf_uart.h: UART0 of the nRF51 (nRF51 Series Reference Manual v3.0, chapter 29), at 115200 baud, no parity, no flow
 * control: the micro:bit's interface chip has two wires. Received bytes come by interrupt into a ring (receive_ring.h).
 */
#ifndef PERSONA_NRF_UART_H
#define PERSONA_NRF_UART_H

#include <stdint.h>

/* Claim the pins and start both directions. The crystal oscillator must run. */
void persona_nrf_uart_start(uint32_t txd, uint32_t rxd, uint32_t interrupt);

/* The next byte, or -1. */
int persona_nrf_uart_read(void);

/* Sleep until an interrupt, unless a byte is there. */
void persona_nrf_uart_wait(void);

void persona_nrf_uart_write(const uint8_t *bytes, uint32_t size);

/* To be called by the UART's interrupt. */
void persona_nrf_uart_received(void);

#endif
