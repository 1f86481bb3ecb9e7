#include "stm32_usart.h"

#include "receive_ring.h"
#include "registers.h"

/* RM0090: 30.6.1 USART_SR, 30.6.2 USART_DR, 30.6.3 USART_BRR, 30.6.4 USART_CR1; their map is on p. 1021 of Rev 21. */
#define SR(base) REGISTER((base) + 0x00u)
#define DR(base) REGISTER((base) + 0x04u)
#define BRR(base) REGISTER((base) + 0x08u)
#define CR1(base) REGISTER((base) + 0x0Cu)

#define SR_OVERRUN (1u << 3)
#define SR_RECEIVED (1u << 5)
#define SR_ALL_SENT (1u << 6)
#define SR_CAN_SEND (1u << 7)
#define CR1_RECEIVE (1u << 2)
#define CR1_SEND (1u << 3)
#define CR1_RECEIVE_INTERRUPT (1u << 5)
#define CR1_ENABLE (1u << 13)

static struct {
    uint32_t base;
    uint32_t interrupt;
    persona_receive_ring ring;
} usart;

/* RM0090, 30.3.4: with sixteen samples a bit the divisor, its four fraction bits included, is clock / baud. */
void persona_usart_start(uint32_t base, uint32_t interrupt, uint32_t clock, uint32_t baud)
{
    usart.base = base;
    usart.interrupt = interrupt;
    BRR(base) = (clock + baud / 2u) / baud;
    CR1(base) = CR1_ENABLE | CR1_SEND | CR1_RECEIVE | CR1_RECEIVE_INTERRUPT;
    enable_interrupt(interrupt);
}

/* A full ring masks the interrupt in the NVIC: QEMU 7.2 does not take a request back when CR1 masks it. An overrun
 * (a byte that was lost) also interrupts, until SR and then DR are read. */
void persona_usart_received(void)
{
    for (uint32_t state = SR(usart.base); (state & (SR_RECEIVED | SR_OVERRUN)) != 0; state = SR(usart.base)) {
        if (persona_ring_full(&usart.ring)) {
            disable_interrupt(usart.interrupt);
            return;
        }
        const uint8_t byte = (uint8_t)DR(usart.base);
        if ((state & SR_RECEIVED) != 0) {
            persona_ring_put(&usart.ring, byte);
        }
    }
}

int persona_usart_read(void)
{
    const int byte = persona_ring_take(&usart.ring);
    if (byte >= 0 && persona_ring_empty(&usart.ring)) {
        enable_interrupt(usart.interrupt); /* in case it was masked: the USART still asks for it */
    }
    return byte;
}

void persona_usart_wait(void)
{
    persona_ring_wait(&usart.ring);
}

void persona_usart_write(const uint8_t *bytes, uint32_t size)
{
    for (uint32_t i = 0; i < size; i++) {
        while ((SR(usart.base) & SR_CAN_SEND) == 0) {
        }
        DR(usart.base) = bytes[i];
    }
    while ((SR(usart.base) & SR_ALL_SENT) == 0) {
    }
}
