/* memory_flash.h: a flash memory that is made of RAM which outlives a reset, for boards (emulated ones above all) that
 * have some and no flash to spare. */
#ifndef PERSONA_MEMORY_FLASH_H
#define PERSONA_MEMORY_FLASH_H

#include "flash.h"

#define PERSONA_MEMORY_FLASH_SECTOR 1024u

/* The flash of `sectors` sectors that begins at address `start`. */
persona_flash persona_memory_flash(uint32_t start, uint32_t sectors);

#endif
