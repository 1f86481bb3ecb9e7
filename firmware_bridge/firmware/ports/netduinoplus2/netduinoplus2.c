/* netduinoplus2.c: Netduino Plus 2, on silicon (never tried) and in QEMU. */
#include "board.h"
#include "bringup.h"
#include "fault.h"
#include "port.h"
#include "registers.h"
#include "run.h"
#include "startup.h"
#include "stm32_iwdg.h"
#include "stm32_usart.h"
#include "systick.h"

#include <stdbool.h>
#include <stddef.h>

static persona_clocks clocks;

/* When the main loop must be back, in ticks; 0: whenever it likes. The independent watchdog cannot be stopped, so it
 * is not what watches the main loop: SysTick's interrupt does that, tells where QEMU would be silent, and kicks. The
 * watchdog stands behind it, from the first probation to the next reset: it bites where interrupts stay masked. */
static volatile uint64_t deadline;
static bool watchdog_runs;

int persona_port_read(void)
{
    return persona_usart_read();
}

void persona_port_wait(void)
{
    persona_usart_wait();
}

void persona_port_write(const uint8_t *bytes, uint32_t size)
{
    persona_usart_write(bytes, size);
}

uint64_t persona_port_ticks(void)
{
    return persona_systick_ticks();
}

uint32_t persona_port_ticks_per_second(void)
{
    return clocks.core_hz;
}

const char *persona_port_name(void)
{
    return PERSONA_PLATFORM_NAME;
}

/* The STM32F405 could keep edits in its last sectors, of 128 KB; to QEMU its flash is a ROM, so that a driver could not
 * be tried, and there is none. */
const persona_flash *persona_port_flash(void)
{
    return NULL;
}

void persona_port_watchdog(uint32_t seconds)
{
    const uint64_t until = seconds == 0 ? 0 : persona_systick_ticks() + (uint64_t)seconds * clocks.core_hz;
    const uint32_t masked = mask_interrupts();
    deadline = until;
    if (seconds > 0 && !watchdog_runs) {
        persona_iwdg_start();
        watchdog_runs = true;
    }
    restore_interrupts(masked);
}

void persona_systick_woke(void)
{
    persona_iwdg_kick();
    if (deadline != 0 && persona_systick_ticks() > deadline) {
        persona_restart("the watchdog bit: the device did not come back to its main loop");
    }
}

void persona_port_panic(const char *why)
{
    persona_stop(why, PERSONA_EXIT_PANIC);
}

void persona_interrupt(uint32_t number)
{
    if (number == USART1_INTERRUPT) {
        persona_usart_received();
    }
}

int main(void)
{
    clocks = persona_bringup();
    persona_systick_start();
    persona_usart_start(USART1, USART1_INTERRUPT, clocks.usart_hz, BAUD);
    persona_run();
    return 0;
}
