/* cmsdk_line.c: the UART of Arm's boards by polling, a byte at a time (Cortex-M System Design Kit Technical Reference
 * Manual, 4.3). */
#include "bench.h"
#include "board.h"
#include "registers.h"

#define DATA REGISTER(UART0 + 0x00u)
#define STATE REGISTER(UART0 + 0x04u)
#define CTRL REGISTER(UART0 + 0x08u)
#define BAUDDIV REGISTER(UART0 + 0x10u)

#define BAUD 115200u
#define STATE_TX_FULL (1u << 0)
#define STATE_RX_FULL (1u << 1)
#define CTRL_TX_RX 3u

void persona_bench_open(void)
{
    BAUDDIV = CLOCK_HZ / BAUD;
    CTRL = CTRL_TX_RX;
    (void)DATA; /* what came before; QEMU looks for more only then */
}

void persona_bench_read(uint8_t *byte)
{
    while ((STATE & STATE_RX_FULL) == 0) {
    }
    *byte = (uint8_t)DATA;
}

void persona_bench_write(uint8_t *byte)
{
    while ((STATE & STATE_TX_FULL) != 0) {
    }
    DATA = *byte;
}
