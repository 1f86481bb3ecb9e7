/* lm3s6965evb.c: Stellaris LM3S6965 evaluation board, on silicon (never tried) and in QEMU. */
#include "board.h"
#include "bringup.h"
#include "cmsdk_watchdog.h"
#include "fault.h"
#include "pl011_uart.h"
#include "port.h"
#include "registers.h"
#include "run.h"
#include "startup.h"
#include "systick.h"

#include <stddef.h>

static uint32_t core_hz;

/* 0: nobody is watched. The watchdog (data sheet, chapter 10) is the one of cmsdk_watchdog.h, but for two things: once
 * started nothing but a reset stops it, and the end of its first count raises interrupt 18, not NMI. So one that shall
 * be stopped is set to its longest count, 85 s, and counts anew before each sleep. */
static uint32_t watchdog_seconds;

int persona_port_read(void)
{
    return persona_pl011_read();
}

void persona_port_wait(void)
{
    if (watchdog_seconds == 0) {
        persona_watchdog(WATCHDOG, core_hz, 0);
    }
    persona_pl011_wait();
}

void persona_port_write(const uint8_t *bytes, uint32_t size)
{
    persona_pl011_write(bytes, size);
}

uint64_t persona_port_ticks(void)
{
    return persona_systick_ticks();
}

uint32_t persona_port_ticks_per_second(void)
{
    return core_hz;
}

const char *persona_port_name(void)
{
    return PERSONA_PLATFORM_NAME;
}

/* The LM3S6965 could keep edits in its last pages, of 1 KB; to QEMU its flash is a ROM without a controller, so that a
 * driver could not be tried, and there is none. */
const persona_flash *persona_port_flash(void)
{
    return NULL;
}

void persona_port_watchdog(uint32_t seconds)
{
    watchdog_seconds = seconds;
    persona_watchdog(WATCHDOG, core_hz, seconds);
}

void persona_port_panic(const char *why)
{
    persona_stop(why, PERSONA_EXIT_PANIC);
}

void persona_interrupt(uint32_t number)
{
    if (number == UART0_INTERRUPT) {
        persona_pl011_received();
    } else if (number == WATCHDOG_INTERRUPT) {
        persona_restart("the watchdog bit: the device did not come back to its main loop");
    }
}

int main(void)
{
    core_hz = persona_bringup();
    persona_systick_start();
    persona_pl011_start(UART0, UART0_INTERRUPT, core_hz, BAUD);
    enable_interrupt(WATCHDOG_INTERRUPT);
    persona_run();
    return 0;
}
