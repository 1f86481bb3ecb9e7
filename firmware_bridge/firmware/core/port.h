/* port.h: all that the firmware wants of a board. A port is one file that defines these, and a linker script.
 *
 * The port also owns main(): it sets up its clock and its line, then calls persona_run (run.h).
 */
#ifndef PERSONA_PORT_H
#define PERSONA_PORT_H

#include "flash.h"

#include <stdint.h>

/* The next byte that arrived, or -1. Never waits. */
int persona_port_read(void);

/* Sleep until a byte may have arrived, at most 250 ms. May return early. */
void persona_port_wait(void);

/* Send all `size` bytes; waits while the line is busy. */
void persona_port_write(const uint8_t *bytes, uint32_t size);

/* A clock that never goes back, for as long as the device runs; its unit is the port's. */
uint64_t persona_port_ticks(void);
uint32_t persona_port_ticks_per_second(void);

/* The platform's name as firmware_bridge/platforms.py has it, ASCII. */
const char *persona_port_name(void);

/* The flash memory that durable edits and the key are kept in; NULL: this board has none. */
const persona_flash *persona_port_flash(void);

/* Reset the device unless this is called again within `seconds`; 0: no longer. A port without a watchdog does nothing.
 */
void persona_port_watchdog(uint32_t seconds);

/* Stop for good and say why, where somebody is there to hear it. */
void persona_port_panic(const char *why);

#endif
