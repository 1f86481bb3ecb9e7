#include "counters.h"

void persona_count(persona_counters *counters, uint32_t which, uint32_t by)
{
    const uint32_t room = UINT32_MAX - counters->value[which];
    counters->value[which] += by < room ? by : room;
}
