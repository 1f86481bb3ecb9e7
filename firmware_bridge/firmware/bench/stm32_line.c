/* stm32_line.c: a USART of the STM32 by polling, a byte at a time (RM0090, 30.6.1 to 30.6.4). */
#include "bench.h"
#include "board.h"
#include "bringup.h"
#include "registers.h"

#define SR REGISTER(USART1 + 0x00u)
#define DR REGISTER(USART1 + 0x04u)
#define BRR REGISTER(USART1 + 0x08u)
#define CR1 REGISTER(USART1 + 0x0Cu)

#define SR_RECEIVED (1u << 5)
#define SR_CAN_SEND (1u << 7)
#define CR1_ENABLE_BOTH_WAYS (1u << 13 | 1u << 3 | 1u << 2)

void persona_bench_open(void)
{
    const persona_clocks clocks = persona_bringup();
    BRR = (clocks.usart_hz + BAUD / 2u) / BAUD;
    CR1 = CR1_ENABLE_BOTH_WAYS;
}

void persona_bench_read(uint8_t *byte)
{
    while ((SR & SR_RECEIVED) == 0) {
    }
    *byte = (uint8_t)DR;
}

void persona_bench_write(uint8_t *byte)
{
    while ((SR & SR_CAN_SEND) == 0) {
    }
    DR = *byte;
}
