/* pl011_uart.h: Arm's PrimeCell UART (PL011 Technical Reference Manual DDI 0183, issue G unless said otherwise), which
 * the Stellaris has as well (LM3S6965 data sheet, chapter 12; Table 12-3, its registers, on p. 440 of TI's
 * lm3s6965.pdf); eight bits, no parity, FIFOs of sixteen bytes.
 *
 * Received bytes come by interrupt into a ring (receive_ring.h).
 */
#ifndef PERSONA_PL011_UART_H
#define PERSONA_PL011_UART_H

#include <stdint.h>

/* `clock` of the UART and `baud` in Hz; its clock and the pins are set up. */
void persona_pl011_start(uint32_t base, uint32_t interrupt, uint32_t clock, uint32_t baud);

/* The next byte, or -1. */
int persona_pl011_read(void);

/* Sleep until an interrupt, unless a byte is there. */
void persona_pl011_wait(void);

/* Returns when the last byte has left. */
void persona_pl011_write(const uint8_t *bytes, uint32_t size);

/* To be called by the UART's interrupt. */
void persona_pl011_received(void);

#endif
