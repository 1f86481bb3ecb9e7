#include "stm32_iwdg.h"

#include "registers.h"

/* RM0090 Rev 21, 21.4 (from p. 713). */
#define IWDG(offset) REGISTER(0x40003000u + (offset))
#define KR IWDG(0x00u)
#define PR IWDG(0x04u)
#define RLR IWDG(0x08u)

#define KEY_START 0xCCCCu
#define KEY_ACCESS 0x5555u
#define KEY_RELOAD 0xAAAAu
#define PRESCALER_256 6u
#define EIGHT_SECONDS 1000u /* of 32 kHz / 256; the oscillator has 17 to 47 kHz (DS8626 Rev 12, Table 35, p. 105) */

/* Started first, because its oscillator, which the start turns on (RM0090, 7.2.9, p. 223), takes the new values over.
 * Whether it has, needs no waiting (21.4.4, p. 714): until then it counts from 0xFFF, for half a second (21.3, p. 711,
 * and Table 108, p. 712), and a kick comes sooner. */
void persona_iwdg_start(void)
{
    KR = KEY_START;
    KR = KEY_ACCESS;
    PR = PRESCALER_256;
    RLR = EIGHT_SECONDS;
    KR = KEY_RELOAD;
}

void persona_iwdg_kick(void)
{
    KR = KEY_RELOAD;
}
