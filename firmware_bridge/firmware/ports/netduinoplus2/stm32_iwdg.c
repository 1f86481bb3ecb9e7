#include "stm32_iwdg.h"

#include "registers.h"

/* RM0090, 21.4. */
#define IWDG(offset) REGISTER(0x40003000u + (offset))
#define KR IWDG(0x00u)
#define PR IWDG(0x04u)
#define RLR IWDG(0x08u)

#define KEY_START 0xCCCCu
#define KEY_ACCESS 0x5555u
#define KEY_RELOAD 0xAAAAu
#define PRESCALER_256 6u
#define EIGHT_SECONDS 1000u /* of 32 kHz / 256; the oscillator has 17 to 47 kHz (DS8626, 5.3.9) */

/* Started first, because its oscillator takes the new values over. Whether it has, needs no waiting (RM0090, 21.4.4):
 * until then it counts from 0xFFF, for half a second, and a kick comes sooner. */
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
