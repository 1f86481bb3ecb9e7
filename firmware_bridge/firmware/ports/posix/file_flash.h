/* file_flash.h: a flash memory in a file, which outlives the process. */
#ifndef PERSONA_FILE_FLASH_H
#define PERSONA_FILE_FLASH_H

#include "flash.h"

/* Open `path`; a file that does not exist, or is empty, becomes an erased flash. Returns NULL and sets errno (EINVAL: a
 * file of another size) where that fails. */
const persona_flash *persona_file_flash(const char *path);

#endif
