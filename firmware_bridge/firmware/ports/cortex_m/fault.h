/* fault.h: the end of a device that cannot go on: it says why in a log frame and ends the emulator. One that a watchdog
 * woke (NMI, exception 2) says where it was and resets instead.
 *
 * Under an emulator or a debugger the exit code is PERSONA_EXIT_PANIC, or PERSONA_EXIT_FAULT plus the number of the
 * exception (3 HardFault, 4 MemManage, 5 BusFault, 6 UsageFault). A port that links fault.c defines persona_port_write,
 * which must work with interrupts off.
 */
#ifndef PERSONA_FAULT_H
#define PERSONA_FAULT_H

#include <stdint.h>

#define PERSONA_EXIT_PANIC 99u
#define PERSONA_EXIT_FAULT 100u

/* The handler of every exception that should not happen. */
void persona_fault(void);

/* Log `why` and stop with the exit code `code`. */
void persona_stop(const char *why, uint32_t code);

/* Log `why` and reset the processor and its peripherals. */
void persona_restart(const char *why);

#endif
