/* pl011_line.c: Arm's PrimeCell UART by polling, a byte at a time (PL011 Technical Reference Manual DDI 0183G, 3.3). */
#include "bench.h"
#include "board.h"
#include "bringup.h"
#include "registers.h"

#define DR REGISTER(UART0 + 0x000u)
#define FR REGISTER(UART0 + 0x018u)
#define IBRD REGISTER(UART0 + 0x024u)
#define FBRD REGISTER(UART0 + 0x028u)
#define LCRH REGISTER(UART0 + 0x02Cu)
#define CR REGISTER(UART0 + 0x030u)

#define FR_NONE_RECEIVED (1u << 4)
#define FR_CANNOT_SEND (1u << 5)
#define LCRH_8_BITS_FIFOS (7u << 4)
#define CR_ENABLE_BOTH_WAYS (1u << 0 | 1u << 8 | 1u << 9)

void persona_bench_open(void)
{
    const uint32_t divisor = (4u * persona_bringup() + BAUD / 2u) / BAUD;
    CR = 0;
    IBRD = divisor / 64u;
    FBRD = divisor % 64u;
    LCRH = LCRH_8_BITS_FIFOS;
    CR = CR_ENABLE_BOTH_WAYS;
}

void persona_bench_read(uint8_t *byte)
{
    while ((FR & FR_NONE_RECEIVED) != 0) {
    }
    *byte = (uint8_t)DR;
}

void persona_bench_write(uint8_t *byte)
{
    while ((FR & FR_CANNOT_SEND) != 0) {
    }
    DR = *byte;
}
