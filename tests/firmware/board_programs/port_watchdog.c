/* A whole port with a main loop that is late as it likes: the watchdog of persona_port_watchdog. Each reset goes on to
 * the next step, which is kept at the very end of RAM, where no section lies. */
#include "board.h"
#include "port.h"
#include "program.h"
#include "registers.h"
#include "run.h"

#define FIRST_STEP 0x57E90000u

static uint32_t *const step = (uint32_t *)(RAM_END - 4u);

static void pass(uint32_t tenths_of_a_second)
{
    uint64_t now = persona_port_ticks();
    const uint64_t end = now + (uint64_t)tenths_of_a_second * persona_port_ticks_per_second() / 10u;
    for (uint64_t last = now; now < end; last = now) {
        now = persona_port_ticks();
        CHECK(now >= last);
    }
}

static void check_that_it_waits(void)
{
    for (uint32_t i = 0; i < 5; i++) {
        persona_port_watchdog(1);
        pass(5);
    }
    persona_port_watchdog(0);
    pass(30);
    persona_port_watchdog(3);
    pass(20);
}

/* In place of the firmware's. */
void persona_run(void)
{
    CHECK(persona_port_ticks_per_second() == CORE_HZ);
    CHECK(persona_port_read() == -1);
    if (*step != FIRST_STEP + 1u && *step != FIRST_STEP + 2u) {
        check_that_it_waits();
        *step = FIRST_STEP + 1u;
    } else if (*step == FIRST_STEP + 1u) {
        *step = FIRST_STEP + 2u; /* the late main loop was reset */
#ifdef MASKED_TOO
        (void)mask_interrupts();
#endif
    } else {
        persona_semihosting_exit(0);
    }
    persona_port_watchdog(1);
    for (;;) {
    }
}
