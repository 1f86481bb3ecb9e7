/* startup.h: from reset to main() on a Cortex-M, and the interrupts after that.
 *
 * A port that links startup.c defines main() and persona_interrupt(), and has a board.h, which may set the stack's
 * size. Memory comes from the linker script: MEMORY with FLASH and RAM, then INCLUDE sections.ld. The stack lies at the
 * very start of RAM, so that an overflow never writes over data, and the megabyte below it is closed by the memory
 * protection unit, so that it is noticed at once. Armv6-M has no such unit; nothing is mapped there, and silicon locks
 * up.
 */
#ifndef PERSONA_STARTUP_H
#define PERSONA_STARTUP_H

#include "board.h"

#include <stdint.h>

#ifndef PERSONA_STACK_BYTES
#define PERSONA_STACK_BYTES 8192
#endif

/* External interrupts in the vector table: 32, 64 or 96, and board.h may say how many. Armv6-M has at most 32. */
#ifndef PERSONA_INTERRUPTS
#if __ARM_ARCH >= 7
#define PERSONA_INTERRUPTS 64
#else
#define PERSONA_INTERRUPTS 32
#endif
#endif

int main(void);

/* Called for external interrupt `number`, in handler mode. */
void persona_interrupt(uint32_t number);

#endif
