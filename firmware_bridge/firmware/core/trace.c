#include "trace.h"

#include "bytes.h"
#include "digest.h"
#include "frame.h"
#include "port.h"

#define TRACE_TYPE 0x71
#define TRACE_BYTES (2u + 4u + PERSONA_DIGEST_BYTES)

void persona_trace_send(void *user, uint32_t op, const void *output, uint32_t bytes)
{
    uint8_t frame[PERSONA_SEALED_BYTES(TRACE_BYTES)];
    uint8_t *const payload = frame + PERSONA_SEAL_OFFSET(TRACE_BYTES);
    (void)user;
    persona_put_u16(payload, (uint16_t)op);
    persona_put_u32(payload + 2, bytes);
    persona_digest(payload + 6, output, bytes);
    persona_port_write(frame, persona_frame_seal(frame, payload, TRACE_BYTES, TRACE_TYPE, 0));
}
