#include "pl011_uart.h"

#include "receive_ring.h"
#include "registers.h"

#include <stdbool.h>

/* DDI 0183G, Table 3-1 (p. 3-3): 3.3.3 UARTFR (bits on p. 3-8), 3.3.7 UARTLCR_H (p. 3-13), 3.3.8 UARTCR (p.
 * 3-15), 3.3.9 UARTIFLS (p. 3-17), 3.3.10 UARTIMSC (p. 3-18), 3.3.13 UARTICR (p. 3-21). */
#define DR(base) REGISTER((base) + 0x000u)
#define FR(base) REGISTER((base) + 0x018u)
#define IBRD(base) REGISTER((base) + 0x024u)
#define FBRD(base) REGISTER((base) + 0x028u)
#define LCRH(base) REGISTER((base) + 0x02Cu)
#define CR(base) REGISTER((base) + 0x030u)
#define IFLS(base) REGISTER((base) + 0x034u)
#define IMSC(base) REGISTER((base) + 0x038u)
#define ICR(base) REGISTER((base) + 0x044u)

#define FR_SENDING (1u << 3)
#define FR_NONE_RECEIVED (1u << 4)
#define FR_CANNOT_SEND (1u << 5)
#define LCRH_FIFOS (1u << 4)
#define LCRH_8_BITS (3u << 5)
#define CR_ENABLE_BOTH_WAYS (1u << 0 | 1u << 8 | 1u << 9)
#define IFLS_RECEIVE_AN_EIGHTH 0u
#define INT_RECEIVED (1u << 4)
#define INT_RECEIVED_AND_SILENT (1u << 6) /* for 32 bit times: the FIFO holds less than the eighth */

static struct {
    uint32_t base;
    uint32_t interrupt;
    bool masked;
    persona_receive_ring ring;
} uart;

/* DDI 0183G, 3.3.8: a UART is off and its FIFOs are flushed (by turning them off) before it is set up. 3.3.5 and 3.3.6
 * (from p. 3-9): in 64ths the divisor is 64 clock / (16 baud); a write of LCRH takes it over (3.3.7, p. 3-13). */
void persona_pl011_start(uint32_t base, uint32_t interrupt, uint32_t clock, uint32_t baud)
{
    const uint32_t divisor = (4u * clock + baud / 2u) / baud;
    uart.base = base;
    uart.interrupt = interrupt;
    CR(base) = 0;
    LCRH(base) = 0;
    IBRD(base) = divisor / 64u;
    FBRD(base) = divisor % 64u;
    LCRH(base) = LCRH_8_BITS | LCRH_FIFOS;
    IFLS(base) = IFLS_RECEIVE_AN_EIGHTH;
    IMSC(base) = INT_RECEIVED | INT_RECEIVED_AND_SILENT;
    CR(base) = CR_ENABLE_BOTH_WAYS;
    enable_interrupt(interrupt);
}

void persona_pl011_received(void)
{
    ICR(uart.base) = INT_RECEIVED | INT_RECEIVED_AND_SILENT;
    while ((FR(uart.base) & FR_NONE_RECEIVED) == 0) {
        if (persona_ring_full(&uart.ring)) {
            disable_interrupt(uart.interrupt);
            uart.masked = true;
            return;
        }
        persona_ring_put(&uart.ring, (uint8_t)DR(uart.base));
    }
}

/* Take the bytes that have waited in the UART since the ring was full: their interrupt was cleared, and comes no more.
 */
static void resume(void)
{
    if (uart.masked) {
        const uint32_t before = mask_interrupts();
        uart.masked = false;
        enable_interrupt(uart.interrupt);
        persona_pl011_received();
        restore_interrupts(before);
    }
}

int persona_pl011_read(void)
{
    const int byte = persona_ring_take(&uart.ring);
    if (byte >= 0 && persona_ring_empty(&uart.ring)) {
        resume();
    }
    return byte;
}

void persona_pl011_wait(void)
{
    persona_ring_wait(&uart.ring);
}

void persona_pl011_write(const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        while ((FR(uart.base) & FR_CANNOT_SEND) != 0) {
        }
        DR(uart.base) = bytes[i];
    }
    while ((FR(uart.base) & FR_SENDING) != 0) {
    }
}
