/* nrf_timer.h: TIMER0 of the nRF51 (nRF51 Series Reference Manual v3.0, chapter 18), the one of 32 bits, as a clock of
 * 64 bits at 16 MHz. The nRF51's Cortex-M0 has no SysTick. Its interrupt also ends a sleep, four times a second.
 */
#ifndef PERSONA_NRF_TIMER_H
#define PERSONA_NRF_TIMER_H

#include <stdint.h>

#define PERSONA_NRF_TIMER_HZ 16000000u
#define PERSONA_NRF_TIMER_WAKES 4u /* interrupts a second */

void persona_nrf_timer_start(uint32_t interrupt);

uint64_t persona_nrf_timer_ticks(void);

/* To be called by the timer's interrupt. */
void persona_nrf_timer_woke(void);

#endif
