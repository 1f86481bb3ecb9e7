/* startup.h: from reset to main() on a Cortex-M, and the interrupts after that.
 *
 * A port that links startup.c defines main() and persona_interrupt(). Memory comes from the linker script: MEMORY with
 * FLASH and RAM, then INCLUDE sections.ld. The stack lies at the very start of RAM, so that an overflow never writes
 * over data, and the megabyte below it is closed by the memory protection unit, so that it is noticed at once.
 */
#ifndef PERSONA_STARTUP_H
#define PERSONA_STARTUP_H

#include <stdint.h>

#ifndef PERSONA_STACK_BYTES
#define PERSONA_STACK_BYTES 8192
#endif

#define PERSONA_INTERRUPTS 64 /* external interrupts in the vector table */

int main(void);

/* Called for external interrupt `number`, in handler mode. */
void persona_interrupt(uint32_t number);

#endif
