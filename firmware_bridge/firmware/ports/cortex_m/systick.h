/* systick.h: the core's 24-bit down counter, widened to a 64-bit clock that counts up (Armv7-M ARM, B3.3).
 *
 * The counter runs on the processor clock and interrupts once each 2^22 ticks, or SYSTICK_RELOAD + 1 where board.h says
 * so, which also ends a sleep: more than four times a second. */
#ifndef PERSONA_SYSTICK_H
#define PERSONA_SYSTICK_H

#include <stdint.h>

void persona_systick_start(void);

uint64_t persona_systick_ticks(void);

/* The exception handler. */
void persona_systick(void);

/* A port may define it: the handler calls it. */
void persona_systick_woke(void);

#endif
