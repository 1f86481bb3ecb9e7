/* limits.h: how often a device changes its bank: a host in a loop wears out no flash and cannot make it oscillate.
 *
 * Two buckets of tokens: one for switches in RAM, one for what is written to the flash. A bucket is kept as the time
 * after which it is full again. An interval of 0 lifts the limit.
 */
#ifndef PERSONA_LIMITS_H
#define PERSONA_LIMITS_H

#include "refusal.h"

#ifndef PERSONA_SWITCH_BURST
#define PERSONA_SWITCH_BURST 32u
#endif
#ifndef PERSONA_SWITCH_INTERVAL_MS
#define PERSONA_SWITCH_INTERVAL_MS 250u
#endif
#ifndef PERSONA_COMMIT_BURST
#define PERSONA_COMMIT_BURST 8u
#endif
#ifndef PERSONA_COMMIT_INTERVAL_MS
#define PERSONA_COMMIT_INTERVAL_MS 60000u
#endif

typedef struct {
    uint32_t switches_ms; /* until the bucket is full */
    uint32_t commits_ms;
} persona_limits;

/* Take a token, or THROTTLED with the milliseconds until there is one. */
persona_refusal persona_limits_switch(persona_limits *limits);
persona_refusal persona_limits_commit(persona_limits *limits);

void persona_limits_pass(persona_limits *limits, uint32_t ms);

#endif
