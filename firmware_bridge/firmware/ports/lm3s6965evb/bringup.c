#include "bringup.h"

#include "board.h"
#include "registers.h"

#include <stdbool.h>

/* Data sheet, 5.4, Table 5-7 (p. 185), and 5.5: RCC and RCC2 on pp. 195 to 201, crystals on p. 197, RCGC1 on pp. 220 to
 * 222. */
#define SYSTEM(offset) REGISTER(0x400FE000u + (offset))
#define DID0 SYSTEM(0x000u)
#define LDOPCTL SYSTEM(0x034u)
#define RIS SYSTEM(0x050u)
#define MISC SYSTEM(0x058u)
#define RCC SYSTEM(0x060u)
#define RCC2 SYSTEM(0x070u)
#define RCGC0 SYSTEM(0x100u)
#define RCGC1 SYSTEM(0x104u)
#define RCGC2 SYSTEM(0x108u)

#define DID0_REVISION_MASK 0xFFFFu
#define DID0_REVISION_A2 2u
#define LDOPCTL_2_75_V 0x1Bu
#define RIS_PLL_LOCKED (1u << 6)
#define RCC_MAIN_OFF (1u << 0)
#define RCC_SOURCE_MASK (3u << 4) /* 0: the main oscillator */
#define RCC_CRYSTAL_MASK (0xFu << 6)
#define RCC_CRYSTAL_8_MHZ (0xEu << 6)
#define RCC_BYPASS (1u << 11)
#define RCC_PLL_OFF (1u << 13)
#define RCC_DIVIDE (1u << 22)
#define RCC_DIVISOR_MASK (0xFu << 23)
#define RCC_BY_4 (3u << 23) /* the PLL's 400 MHz, halved before (5.2.4 and Table 5-5), to 50 MHz */
#define RCC2_OVERRIDES (1u << 31)
#define RCGC0_WATCHDOG (1u << 3)
#define RCGC1_UART0 (1u << 0)
#define RCGC2_GPIOA (1u << 0)

/* Data sheet, 8.4, "Register Map"; PA0 receives, PA1 transmits (chapter "Signal Tables"). */
#define GPIOA(offset) REGISTER(0x40004000u + (offset))
#define GPIOAFSEL GPIOA(0x420u)
#define GPIODEN GPIOA(0x51Cu)
#define UART_PINS 3u

/* More than 20 ms on the internal oscillator of 12 MHz, give or take a third; the PLL locks within 0.5 ms (data sheet,
 * chapter "Electrical Characteristics"). */
#define CRYSTAL_STARTS 100000u
#define PATIENCE 100000u
#define SETTLES 16u

static void pass(uint32_t turns)
{
    for (; turns > 0; turns--) {
        __asm__ volatile("nop");
    }
}

static bool pll_locks(void)
{
    for (uint32_t left = PATIENCE; left > 0; left--) {
        if ((RIS & RIS_PLL_LOCKED) != 0) {
            return true;
        }
    }
    return false;
}

/* On silicon of revision A2 the PLL is reliable only at a core voltage of 2.75 V: TI's own examples for this board
 * raise it before the PLL, at this value of DID0. */
static void feed_pll(void)
{
    if ((DID0 & DID0_REVISION_MASK) == DID0_REVISION_A2) {
        LDOPCTL = LDOPCTL_2_75_V;
    }
}

/* Data sheet, 5.3, "Initialization and Configuration", step by step; before it the crystal gets its time to start. The
 * PLL is turned off first, because only its start raises the flag of its lock, and an old flag is cleared. A new source
 * and a new divisor get time to take effect, as TI's SysCtlClockSet gives them. */
static uint32_t start_clock(void)
{
    RCC2 &= ~RCC2_OVERRIDES;
    uint32_t rcc = (RCC | RCC_BYPASS | RCC_PLL_OFF) & ~RCC_DIVIDE;
    RCC = rcc;
    rcc &= ~RCC_MAIN_OFF;
    RCC = rcc;
    pass(CRYSTAL_STARTS);
    feed_pll();
    MISC = RIS_PLL_LOCKED;
    rcc = (rcc & ~(RCC_CRYSTAL_MASK | RCC_SOURCE_MASK)) | RCC_CRYSTAL_8_MHZ;
    RCC = rcc;
    pass(SETTLES);
    rcc &= ~RCC_PLL_OFF;
    RCC = rcc;
    if (!pll_locks()) {
        return CRYSTAL_HZ;
    }
    rcc = (rcc & ~RCC_DIVISOR_MASK) | RCC_BY_4 | RCC_DIVIDE;
    RCC = rcc;
    pass(SETTLES);
    rcc &= ~RCC_BYPASS;
    RCC = rcc;
    pass(SETTLES);
    return CORE_HZ;
}

/* A peripheral answers three cycles after its clock was turned on (data sheet, 5.5, the RCGC registers). */
static void start_peripherals(void)
{
    RCGC0 |= RCGC0_WATCHDOG;
    RCGC1 |= RCGC1_UART0;
    RCGC2 |= RCGC2_GPIOA;
    pass(8);
    GPIOAFSEL |= UART_PINS;
    GPIODEN |= UART_PINS;
}

uint32_t persona_bringup(void)
{
    const uint32_t hz = start_clock();
    start_peripherals();
    return hz;
}
