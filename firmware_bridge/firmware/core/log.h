/* log.h: a line of text for whoever is on the other end: the only frame that nobody asked for (type 0x70, seq 0). */
#ifndef PERSONA_LOG_H
#define PERSONA_LOG_H

#include "frame.h"

#define PERSONA_LOG_MOST 96u /* bytes of text; the rest is cut off */
#define PERSONA_LOG_BYTES (1u + PERSONA_SEALED_BYTES(PERSONA_LOG_MOST))

/* Make a log frame of `text` (UTF-8, ended by a zero byte). It begins with a delimiter, which ends whatever was being
 * sent. Returns the number of bytes to send. */
uint32_t persona_log_seal(uint8_t frame[PERSONA_LOG_BYTES], const char *text);

#endif
