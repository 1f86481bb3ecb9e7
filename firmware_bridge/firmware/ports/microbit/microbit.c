/* microbit.c: BBC micro:bit V1, on silicon and in QEMU. */
#include "board.h"
#include "fault.h"
#include "nrf_nvmc.h"
#include "nrf_timer.h"
#include "nrf_uart.h"
#include "port.h"
#include "registers.h"
#include "run.h"
#include "startup.h"

/* nRF51 Series Reference Manual v3.0, chapter 13, "Clock management". */
#define HFCLKSTART REGISTER(0x40000000u)
#define HFCLKSTARTED REGISTER(0x40000100u)

/* The timer's interrupts until the watchdog bites; 0: it sleeps. The nRF51's own watchdog (chapter 20) cannot be
 * stopped once it runs, and QEMU has none; this one does not see a device that hangs with interrupts masked. */
static volatile uint32_t wakes_left;

int persona_port_read(void)
{
    return persona_nrf_uart_read();
}

void persona_port_wait(void)
{
    persona_nrf_uart_wait();
}

void persona_port_write(const uint8_t *bytes, uint32_t size)
{
    persona_nrf_uart_write(bytes, size);
}

uint64_t persona_port_ticks(void)
{
    return persona_nrf_timer_ticks();
}

uint32_t persona_port_ticks_per_second(void)
{
    return PERSONA_NRF_TIMER_HZ;
}

const char *persona_port_name(void)
{
    return PERSONA_PLATFORM_NAME;
}

const persona_flash *persona_port_flash(void)
{
    static persona_flash flash;
    flash = persona_nvmc_flash(STORAGE_START, STORAGE_PAGES);
    return &flash;
}

void persona_port_watchdog(uint32_t seconds)
{
    const uint32_t most = UINT32_MAX / PERSONA_NRF_TIMER_WAKES - 1u;
    /* One more, because the first may come at once. */
    wakes_left = seconds == 0 ? 0 : (seconds < most ? seconds : most) * PERSONA_NRF_TIMER_WAKES + 1u;
}

void persona_port_panic(const char *why)
{
    persona_stop(why, PERSONA_EXIT_PANIC);
}

static void woke(void)
{
    persona_nrf_timer_woke();
    if (wakes_left > 0) {
        wakes_left--;
        if (wakes_left == 0) {
            persona_restart("the watchdog bit: the device did not come back to its main loop");
        }
    }
}

void persona_interrupt(uint32_t number)
{
    if (number == UART0_INTERRUPT) {
        persona_nrf_uart_received();
    } else if (number == TIMER0_INTERRUPT) {
        woke();
    }
}

/* The UART's baud rate wants the crystal. */
static void start_crystal(void)
{
    HFCLKSTARTED = 0;
    HFCLKSTART = 1;
    while (HFCLKSTARTED == 0) {
    }
}

int main(void)
{
    start_crystal();
    persona_nrf_timer_start(TIMER0_INTERRUPT);
    persona_nrf_uart_start(PIN_TXD, PIN_RXD, UART0_INTERRUPT);
    persona_run();
    return 0;
}
