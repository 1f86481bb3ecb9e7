#include "cmsdk_watchdog.h"

#include "registers.h"

#define LOAD(base) REGISTER((base) + 0x000u)
#define CONTROL(base) REGISTER((base) + 0x008u)
#define CLEAR(base) REGISTER((base) + 0x00Cu)
#define LOCK(base) REGISTER((base) + 0xC00u)

#define CONTROL_INTERRUPT (1u << 0) /* also lets the counter run */
#define CONTROL_RESET (1u << 1)
#define UNLOCK 0x1ACCE551u /* anything else locks all registers but this one */
#define ANYTHING 1u

static uint32_t count_of(uint32_t hz, uint32_t seconds)
{
    const uint32_t most = UINT32_MAX / hz;
    return (seconds < most ? seconds : most) * hz;
}

void persona_watchdog(uint32_t base, uint32_t hz, uint32_t seconds)
{
    LOCK(base) = UNLOCK;
    if (seconds == 0) {
        CONTROL(base) = 0;
    }
    LOAD(base) = seconds > 0 ? count_of(hz, seconds) : UINT32_MAX;
    CLEAR(base) = ANYTHING; /* the count begins again at LOAD */
    if (seconds > 0) {
        CONTROL(base) = CONTROL_INTERRUPT | CONTROL_RESET;
    }
    LOCK(base) = ~UNLOCK;
}
