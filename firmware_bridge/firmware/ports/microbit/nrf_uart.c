#include "nrf_uart.h"

#include "receive_ring.h"
#include "registers.h"

/* Section 29.10. */
#define UART(offset) REGISTER(0x40002000u + (offset))
#define STARTRX UART(0x000u)
#define STARTTX UART(0x008u)
#define RXDRDY UART(0x108u)
#define TXDRDY UART(0x11Cu)
#define INTENSET UART(0x304u)
#define INTENCLR UART(0x308u)
#define ENABLE UART(0x500u)
#define PSELRTS UART(0x508u)
#define PSELTXD UART(0x50Cu)
#define PSELCTS UART(0x510u)
#define PSELRXD UART(0x514u)
#define RXD UART(0x518u)
#define TXD UART(0x51Cu)
#define BAUDRATE UART(0x524u)
#define CONFIG UART(0x56Cu)

#define ENABLE_ENABLED 4u
/* Table 287 (p. 156). */
#define BAUDRATE_115200 0x01D7E000u
#define CONFIG_8N1 0u
#define DISCONNECTED 0xFFFFFFFFu
#define INT_RXDRDY (1u << 2)
#define TRIGGER 1u

/* Chapter 14, "General-purpose input/output" (from p. 56): section 14.2, addresses on p. 57. */
#define GPIO(offset) REGISTER(0x50000000u + (offset))
#define OUTSET GPIO(0x508u)
#define PIN_CNF(pin) GPIO(0x700u + 4u * (pin))
#define PIN_CNF_INPUT 0u
#define PIN_CNF_OUTPUT 3u /* and the input buffer off */

static persona_receive_ring ring;

/* Section "Pin configuration": while the UART is off; the line idles high before the UART drives it. */
static void claim_pins(uint32_t txd, uint32_t rxd)
{
    OUTSET = 1u << txd;
    PIN_CNF(txd) = PIN_CNF_OUTPUT;
    PIN_CNF(rxd) = PIN_CNF_INPUT;
    PSELTXD = txd;
    PSELRXD = rxd;
    PSELRTS = DISCONNECTED;
    PSELCTS = DISCONNECTED;
}

void persona_nrf_uart_start(uint32_t txd, uint32_t rxd, uint32_t interrupt)
{
    claim_pins(txd, rxd);
    BAUDRATE = BAUDRATE_115200;
    CONFIG = CONFIG_8N1;
    ENABLE = ENABLE_ENABLED;
    INTENSET = INT_RXDRDY;
    enable_interrupt(interrupt);
    STARTTX = TRIGGER;
    STARTRX = TRIGGER;
}

/* The event is cleared before its byte is read: reading moves the next byte up, which raises the event anew. */
void persona_nrf_uart_received(void)
{
    while (RXDRDY != 0) {
        if (persona_ring_full(&ring)) {
            INTENCLR = INT_RXDRDY;
            return;
        }
        RXDRDY = 0;
        persona_ring_put(&ring, (uint8_t)RXD);
    }
}

int persona_nrf_uart_read(void)
{
    const int byte = persona_ring_take(&ring);
    if (byte >= 0 && persona_ring_empty(&ring)) {
        INTENSET = INT_RXDRDY; /* in case it was masked: the event of a byte that waited is still there */
    }
    return byte;
}

void persona_nrf_uart_wait(void)
{
    persona_ring_wait(&ring);
}

void persona_nrf_uart_write(const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        TXDRDY = 0;
        TXD = bytes[i];
        while (TXDRDY == 0) {
        }
    }
}
