#include "limits.h"

/* `most`: what the bucket may hold while there is still a token. */
static persona_refusal take(uint32_t *bucket_ms, uint32_t most, uint32_t interval_ms)
{
    if (*bucket_ms > most) {
        return persona_refuse(PERSONA_THROTTLED, *bucket_ms - most, 0);
    }
    *bucket_ms += interval_ms;
    return persona_ok();
}

persona_refusal persona_limits_switch(persona_limits *limits)
{
    return take(&limits->switches_ms, (PERSONA_SWITCH_BURST - 1u) * PERSONA_SWITCH_INTERVAL_MS,
                PERSONA_SWITCH_INTERVAL_MS);
}

persona_refusal persona_limits_commit(persona_limits *limits)
{
    return take(&limits->commits_ms, (PERSONA_COMMIT_BURST - 1u) * PERSONA_COMMIT_INTERVAL_MS,
                PERSONA_COMMIT_INTERVAL_MS);
}

void persona_limits_pass(persona_limits *limits, uint32_t ms)
{
    limits->switches_ms -= limits->switches_ms < ms ? limits->switches_ms : ms;
    limits->commits_ms -= limits->commits_ms < ms ? limits->commits_ms : ms;
}
