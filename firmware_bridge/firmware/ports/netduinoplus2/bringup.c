#include "bringup.h"

#include "board.h"
#include "registers.h"

#include <stdbool.h>

/* RM0090: 7.3.1 RCC_CR (p. 226), 7.3.2 RCC_PLLCFGR (p. 228), 7.3.3 RCC_CFGR (p. 230), 7.3.10 RCC_AHB1ENR (p. 244),
 * 7.3.13 RCC_APB1ENR (p. 247), 7.3.14 RCC_APB2ENR (p. 250). */
#define RCC(offset) REGISTER(0x40023800u + (offset))
#define RCC_CR RCC(0x00u)
#define RCC_PLLCFGR RCC(0x04u)
#define RCC_CFGR RCC(0x08u)
#define RCC_AHB1ENR RCC(0x30u)
#define RCC_APB1ENR RCC(0x40u)
#define RCC_APB2ENR RCC(0x44u)

#define CR_HSION (1u << 0)
#define CR_HSIRDY (1u << 1)
#define CR_HSEON (1u << 16)
#define CR_HSERDY (1u << 17)
#define CR_PLLON (1u << 24)
#define CR_PLLRDY (1u << 25)
/* The crystal by 25, times 336, by 2; by 7 for USB. The VCO gets 1 MHz, of 1 to 2, and gives 336, of 100 to 432
 * (pp. 228, 229). */
#define PLLCFGR_168_MHZ (25u << 0 | 336u << 6 | 0u << 16 | 1u << 22 | 7u << 24)
/* To 42 MHz and 84 MHz, the most that each bus may have (p. 231). */
#define CFGR_APB1_BY_4 (5u << 10)
#define CFGR_APB2_BY_2 (4u << 13)
#define CFGR_SW_MASK 3u /* 0: the internal oscillator */
#define CFGR_SW_PLL 2u
#define CFGR_SWS_MASK (3u << 2)
#define CFGR_SWS_PLL (2u << 2)
#define AHB1ENR_GPIOB (1u << 1)
#define APB1ENR_PWR (1u << 28)
#define APB2ENR_USART1 (1u << 4)

/* RM0090, 5.4.1 (p. 142): the voltage scale that more than 144 MHz want (3.5.1, p. 80); a reset sets it as well. */
#define PWR_CR REGISTER(0x40007000u)
#define PWR_CR_VOS (1u << 14)

/* RM0090, 3.9.1 (p. 99), and Table 11 (p. 81): 5 wait states above 150 MHz at 2.7 V and more. */
#define FLASH_ACR REGISTER(0x40023C00u)
#define ACR_5_WAIT_STATES 5u
#define ACR_PREFETCH_AND_CACHES (7u << 8)

/* RM0090: 8.4.1 MODER (p. 284), 8.4.4 PUPDR (p. 285), 8.4.9 AFRL (p. 288); PB6 and PB7 have USART1 as function 7
 * (DS8626, Table 9, from p. 64, and Table 7, p. 60). */
#define GPIOB(offset) REGISTER(0x40020400u + (offset))
#define MODER GPIOB(0x00u)
#define PUPDR GPIOB(0x0Cu)
#define AFRL GPIOB(0x20u)
#define OF_PIN_2_BITS(pin, value) ((uint32_t)(value) << (2u * (pin)))
#define OF_PIN_4_BITS(pin, value) ((uint32_t)(value) << (4u * (pin)))
#define PIN_TX 6u
#define PIN_RX 7u
#define MODE_ALTERNATE 2u
#define PULL_UP 1u
#define FUNCTION_USART1 7u

#define HSI_HZ 16000000u
/* At 16 MHz more than 100 ms; a crystal typically takes 2 ms (DS8626, Table 32, p. 103), the PLL 0.3 ms at most (Table
 * 36, p. 106). */
#define PATIENCE 400000u

static bool reached(volatile uint32_t *at, uint32_t mask, uint32_t wanted)
{
    for (uint32_t left = PATIENCE; left > 0; left--) {
        if ((*at & mask) == wanted) {
            return true;
        }
    }
    return false;
}

/* RM0090, 3.5.1, "Increasing the CPU frequency" (p. 82): wait states, read back; then the switch, read back. */
static bool run_from_pll(void)
{
    RCC_CR |= CR_HSEON;
    if (!reached(&RCC_CR, CR_HSERDY, CR_HSERDY)) {
        return false;
    }
    RCC_APB1ENR |= APB1ENR_PWR;
    (void)RCC_APB1ENR; /* see claim_pins */
    PWR_CR |= PWR_CR_VOS;
    RCC_PLLCFGR = PLLCFGR_168_MHZ;
    RCC_CR |= CR_PLLON;
    FLASH_ACR = ACR_PREFETCH_AND_CACHES | ACR_5_WAIT_STATES;
    if (!reached(&RCC_CR, CR_PLLRDY, CR_PLLRDY) || !reached(&FLASH_ACR, 7u, ACR_5_WAIT_STATES)) {
        return false;
    }
    RCC_CFGR = CFGR_APB1_BY_4 | CFGR_APB2_BY_2;
    RCC_CFGR = CFGR_APB1_BY_4 | CFGR_APB2_BY_2 | CFGR_SW_PLL;
    if (!reached(&RCC_CFGR, CFGR_SWS_MASK, CFGR_SWS_PLL)) {
        RCC_CFGR = 0;
        return false;
    }
    return true;
}

/* A debugger or a boot loader may have left the PLL on, which cannot be set up while it runs (RM0090, 7.2.3, p. 221).
 */
static persona_clocks start_clocks(void)
{
    const persona_clocks fast = { CORE_HZ, CORE_HZ / 2u }, slow = { HSI_HZ, HSI_HZ };
    /* Silicon comes out of reset with HSIRDY set. What never sets it has no clock tree and runs at the board's speed:
     * QEMU, whose SysTick counts at 168 MHz from the start (hw/arm/netduinoplus2.c, SYSCLK_FRQ). */
    if (RCC_CR == 0) {
        return fast;
    }
    RCC_CR |= CR_HSION;
    (void)reached(&RCC_CR, CR_HSIRDY, CR_HSIRDY);
    /* The buses stay divided until the core is slow. */
    RCC_CFGR &= ~CFGR_SW_MASK;
    (void)reached(&RCC_CFGR, CFGR_SWS_MASK, 0);
    RCC_CFGR = 0;
    RCC_CR &= ~CR_PLLON;
    (void)reached(&RCC_CR, CR_PLLRDY, 0);
    return run_from_pll() ? fast : slow;
}

/* A line that nobody drives idles high. */
static void claim_pins(void)
{
    RCC_AHB1ENR |= AHB1ENR_GPIOB;
    RCC_APB2ENR |= APB2ENR_USART1;
    /* A clock comes some cycles after its bit. ST's drivers read the register back for that: "Delay after an RCC
     * peripheral clock enabling". */
    (void)RCC_APB2ENR;
    PUPDR = (PUPDR & ~OF_PIN_2_BITS(PIN_RX, 3u)) | OF_PIN_2_BITS(PIN_RX, PULL_UP);
    AFRL = (AFRL & ~(OF_PIN_4_BITS(PIN_TX, 15u) | OF_PIN_4_BITS(PIN_RX, 15u))) |
           OF_PIN_4_BITS(PIN_TX, FUNCTION_USART1) | OF_PIN_4_BITS(PIN_RX, FUNCTION_USART1);
    MODER = (MODER & ~(OF_PIN_2_BITS(PIN_TX, 3u) | OF_PIN_2_BITS(PIN_RX, 3u))) | OF_PIN_2_BITS(PIN_TX, MODE_ALTERNATE) |
            OF_PIN_2_BITS(PIN_RX, MODE_ALTERNATE);
}

persona_clocks persona_bringup(void)
{
    const persona_clocks clocks = start_clocks();
    claim_pins();
    return clocks;
}
