/* stm32_iwdg.h: the STM32's independent watchdog (RM0090 Rev 21, chapter 21, pp. 711 to 715): once started, nothing but
 * a reset stops it. QEMU 7.2 has none. */
#ifndef PERSONA_STM32_IWDG_H
#define PERSONA_STM32_IWDG_H

/* Start it: it resets unless it is kicked within 8 s (of an oscillator of 32 kHz; 5 s where that one is fast). */
void persona_iwdg_start(void);

/* Count anew; before it was started this does nothing. */
void persona_iwdg_kick(void);

#endif
