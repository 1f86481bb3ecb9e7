/* mps2.c: Arm's MPS2 and MPS3 boards with one of the processors they are loaded with, on silicon and in QEMU. They
 * differ in addresses, interrupts and clock: `board.h` in the folder of the port. */
#include "board.h"
#include "cmsdk_uart.h"
#include "cmsdk_watchdog.h"
#include "fault.h"
#include "memory_flash.h"
#include "port.h"
#include "run.h"
#include "startup.h"
#include "systick.h"

#include <stddef.h>

#define BAUD 115200u

static uint32_t watchdog_seconds; /* 0: it is stopped */

int persona_port_read(void)
{
    return persona_uart_read();
}

void persona_port_wait(void)
{
    if (watchdog_seconds == 0) {
        persona_watchdog(WATCHDOG, WATCHDOG_HZ, 0); /* cmsdk_watchdog.h says why */
    }
    persona_uart_wait();
}

void persona_port_write(const uint8_t *bytes, uint32_t size)
{
    persona_uart_write(bytes, size);
}

uint64_t persona_port_ticks(void)
{
    return persona_systick_ticks();
}

uint32_t persona_port_ticks_per_second(void)
{
    return CLOCK_HZ;
}

const char *persona_port_name(void)
{
    return PERSONA_PLATFORM_NAME;
}

#ifdef STORAGE
const persona_flash *persona_port_flash(void)
{
    static persona_flash flash;
    flash = persona_memory_flash(STORAGE, STORAGE_SECTORS);
    return &flash;
}
#else
const persona_flash *persona_port_flash(void)
{
    return NULL;
}
#endif

void persona_port_watchdog(uint32_t seconds)
{
    watchdog_seconds = seconds;
    persona_watchdog(WATCHDOG, WATCHDOG_HZ, seconds);
}

void persona_port_panic(const char *why)
{
    persona_stop(why, PERSONA_EXIT_PANIC);
}

void persona_interrupt(uint32_t number)
{
    if (number == UART0_RX_INTERRUPT) {
        persona_uart_received();
    }
}

int main(void)
{
    persona_systick_start();
    persona_uart_start(UART0, UART0_RX_INTERRUPT, CLOCK_HZ, BAUD);
    persona_run();
    return 0;
}
