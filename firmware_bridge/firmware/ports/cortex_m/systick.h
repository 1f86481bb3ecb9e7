/* systick.h: the core's 24-bit down counter, widened to a 64-bit clock that counts up (Armv7-M ARM, B3.3).
 *
 * The counter runs on the processor clock and interrupts once each 2^22 ticks, which also
 * ends a sleep: at 20 to 32 MHz more than four times a second. */
#ifndef PERSONA_SYSTICK_H
#define PERSONA_SYSTICK_H

#include <stdint.h>

void persona_systick_start(void);

uint64_t persona_systick_ticks(void);

/* The exception handler. */
void persona_systick(void);

#endif
