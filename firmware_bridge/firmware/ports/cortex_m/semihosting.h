/* semihosting.h: the one request made of an emulator or debugger: to end with an exit code (Arm "Semihosting for
 * AArch32 and AArch64", SYS_EXIT_EXTENDED). Without anybody listening the breakpoint becomes a fault and the core
 * stops. */
#ifndef PERSONA_SEMIHOSTING_H
#define PERSONA_SEMIHOSTING_H

#include <stdint.h>

void persona_semihosting_exit(uint32_t code);

#endif
