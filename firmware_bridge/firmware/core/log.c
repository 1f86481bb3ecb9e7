#include "log.h"

#include <string.h>

#define LOG_TYPE 0x70

uint32_t persona_log_seal(uint8_t frame[PERSONA_LOG_BYTES], const char *text)
{
    const size_t length = strlen(text);
    const uint32_t shown = length < PERSONA_LOG_MOST ? (uint32_t)length : PERSONA_LOG_MOST;
    uint8_t *const payload = frame + 1 + PERSONA_SEAL_OFFSET(PERSONA_LOG_MOST);
    frame[0] = 0;
    memcpy(payload, text, shown);
    return 1u + persona_frame_seal(frame + 1, payload, shown, LOG_TYPE, 0);
}
