#include "cmsdk_uart.h"

#include "receive_ring.h"
#include "registers.h"

#define DATA(base) REGISTER((base) + 0x00u)
#define STATE(base) REGISTER((base) + 0x04u)
#define CTRL(base) REGISTER((base) + 0x08u)
#define CLEAR(base) REGISTER((base) + 0x0Cu)
#define BAUDDIV(base) REGISTER((base) + 0x10u)

#define STATE_TX_FULL (1u << 0)
#define STATE_RX_FULL (1u << 1)
#define CTRL_TX (1u << 0)
#define CTRL_RX (1u << 1)
#define CTRL_RX_INTERRUPT (1u << 3)
#define CLEAR_RX (1u << 1)

static struct {
    uint32_t base;
    persona_receive_ring ring;
} uart;

void persona_uart_start(uint32_t base, uint32_t interrupt, uint32_t clock, uint32_t baud)
{
    uart.base = base;
    BAUDDIV(base) = clock / baud;
    CTRL(base) = CTRL_TX | CTRL_RX | CTRL_RX_INTERRUPT;
    enable_interrupt(interrupt);
}

void persona_uart_received(void)
{
    CLEAR(uart.base) = CLEAR_RX;
    while ((STATE(uart.base) & STATE_RX_FULL) != 0) {
        if (persona_ring_full(&uart.ring)) {
            CTRL(uart.base) = CTRL_TX | CTRL_RX;
            return;
        }
        persona_ring_put(&uart.ring, (uint8_t)DATA(uart.base));
    }
}

/* Take the byte that has waited in the UART since the ring was full: it came while its interrupt was masked, and raised
 * none. The next one may come at once, so interrupts are off meanwhile. */
static void resume(void)
{
    if ((CTRL(uart.base) & CTRL_RX_INTERRUPT) == 0) {
        __asm__ volatile("cpsid i" ::: "memory");
        CTRL(uart.base) = CTRL_TX | CTRL_RX | CTRL_RX_INTERRUPT;
        persona_uart_received();
        __asm__ volatile("cpsie i" ::: "memory");
    }
}

int persona_uart_read(void)
{
    const int byte = persona_ring_take(&uart.ring);
    if (byte >= 0 && persona_ring_empty(&uart.ring)) {
        resume();
    }
    return byte;
}

void persona_uart_wait(void)
{
    persona_ring_wait(&uart.ring);
}

void persona_uart_write(const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        while ((STATE(uart.base) & STATE_TX_FULL) != 0) {
        }
        DATA(uart.base) = bytes[i];
    }
}
