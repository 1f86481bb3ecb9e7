/* cmsdk_watchdog.h: the APB watchdog of Arm's Cortex-M System Design Kit (Technical Reference Manual DDI 0479, section
 * 4.5, "APB watchdog").
 *
 * It counts down twice. The end of the first count raises an interrupt, which the boards here wire to NMI: fault.c logs
 * where the processor was and resets. If not even that works, the end of the second count resets.
 */
#ifndef PERSONA_CMSDK_WATCHDOG_H
#define PERSONA_CMSDK_WATCHDOG_H

#include <stdint.h>

/* Start it, or count anew: the first count takes `seconds` of a clock of `hz`, or as long as 32 bits can. 0: stop it.
 *
 * QEMU 7.2's counts on while it is stopped, and once it has come to its end twice, it resets as soon as it is started:
 * stop it again at least each minute. */
void persona_watchdog(uint32_t base, uint32_t hz, uint32_t seconds);

#endif
