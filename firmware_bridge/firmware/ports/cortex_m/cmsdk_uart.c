#include "cmsdk_uart.h"

#include "registers.h"

#define RING 256u /* a power of two; a byte is read long before 256 more can come */

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
    volatile uint32_t written; /* both count on for ever; their difference is what the ring holds */
    volatile uint32_t read;
    volatile uint8_t ring[RING];
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
        if (uart.written - uart.read == RING) {
            CTRL(uart.base) = CTRL_TX | CTRL_RX;
            return;
        }
        uart.ring[uart.written % RING] = (uint8_t)DATA(uart.base);
        uart.written++;
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
    if (uart.read == uart.written) {
        return -1;
    }
    const uint8_t byte = uart.ring[uart.read % RING];
    uart.read++;
    if (uart.read == uart.written) {
        resume();
    }
    return byte;
}

/* With interrupts masked a byte cannot slip in between the question and the sleep; it still ends the sleep. */
void persona_uart_wait(void)
{
    __asm__ volatile("cpsid i" ::: "memory");
    if (uart.read == uart.written) {
        __asm__ volatile("wfi" ::: "memory");
    }
    __asm__ volatile("cpsie i" ::: "memory");
}

void persona_uart_write(const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        while ((STATE(uart.base) & STATE_TX_FULL) != 0) {
        }
        DATA(uart.base) = bytes[i];
    }
}
