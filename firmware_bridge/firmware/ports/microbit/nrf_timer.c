#include "nrf_timer.h"

#include "registers.h"

/* Chapter 18, registers. */
#define TIMER(offset) REGISTER(0x40008000u + (offset))
#define START TIMER(0x000u)
#define CLEAR TIMER(0x00Cu)
#define CAPTURE(n) TIMER(0x040u + 4u * (n))
#define COMPARE(n) TIMER(0x140u + 4u * (n))
#define INTENSET TIMER(0x304u)
#define MODE TIMER(0x504u)
#define BITMODE TIMER(0x508u)
#define PRESCALER TIMER(0x510u)
#define CC(n) TIMER(0x540u + 4u * (n))

#define MODE_TIMER 0u
#define BITMODE_32 3u
#define INT_COMPARE(n) (1u << (16u + (n)))
#define TRIGGER 1u

#define ALARM 0u /* the compare register that wakes */
#define NOW 1u   /* the one that the count is captured in */
#define PERIOD (PERSONA_NRF_TIMER_HZ / PERSONA_NRF_TIMER_WAKES)

static struct {
    uint32_t high;
    uint32_t low;
} last;

void persona_nrf_timer_start(uint32_t interrupt)
{
    MODE = MODE_TIMER;
    BITMODE = BITMODE_32;
    PRESCALER = 0;
    CLEAR = TRIGGER;
    CC(ALARM) = PERIOD;
    INTENSET = INT_COMPARE(ALARM);
    enable_interrupt(interrupt);
    START = TRIGGER;
}

/* Sees each wrap of the 32 bits, which take 268 seconds, because the interrupt comes here too. */
uint64_t persona_nrf_timer_ticks(void)
{
    const uint32_t masked = mask_interrupts();
    CAPTURE(NOW) = TRIGGER;
    const uint32_t low = CC(NOW);
    last.high += low < last.low;
    last.low = low;
    const uint64_t ticks = (uint64_t)last.high << 32 | low;
    restore_interrupts(masked);
    return ticks;
}

/* The alarm is set from now on, not from the last one: one that was set into the past would come after the next wrap.
 */
void persona_nrf_timer_woke(void)
{
    CC(ALARM) = (uint32_t)persona_nrf_timer_ticks() + PERIOD;
    COMPARE(ALARM) = 0;
}
