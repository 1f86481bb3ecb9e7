/* trace.h: what each operator of one inference computed, told while it runs, one frame each (type 0x71, seq 0): u16
 * operator, u32 bytes of its first output, u8[8] digest of them. A host that asked for it finds the first layer that
 * differs from the reference without a debugger. */
#ifndef PERSONA_TRACE_H
#define PERSONA_TRACE_H

#include <stdint.h>

/* A `persona_trace` of persona_model.h; `user` is not used. */
void persona_trace_send(void *user, uint32_t op, const void *output, uint32_t bytes);

#endif
