/* board.h: BBC micro:bit V1: nRF51822 (Cortex-M0, 256 KB flash, 16 KB RAM). Addresses and interrupts: nRF51 Series
 * Reference Manual v3.0, "Memory" and "Peripheral interface"; an interrupt's number is the peripheral's, (address >>
 * 12) & 0x1F. Pins: micro:bit V1 schematic, the interface chip's serial port.
 *
 * What Nordic's start-up code does for some chips is not here: PAN 26 is of chips older than a micro:bit's
 * revision 3; PAN 59 is about flash protection under a debugger, which nothing here uses; PAN 76 is of the nRF51802.
 *
 * Nordic's SoftDevice is not there: the program begins at address 0. */
#ifndef PERSONA_MICROBIT_H
#define PERSONA_MICROBIT_H

#define CLOCK_HZ 16000000u

#define UART0_INTERRUPT 2u
#define TIMER0_INTERRUPT 8u

#define PIN_TXD 24u
#define PIN_RXD 25u

/* The last pages of the flash, as microbit.ld leaves them: one for the key, eleven for each of two slots, which is more
 * than the RAM has for two banks. */
#define STORAGE_START 0x3A400u
#define STORAGE_PAGES 23u

/* Half of it for requests, half for the model, whose share hil measures; twice the sum would leave no room for banks.
 */
#ifndef PERSONA_STACK_BYTES
#define PERSONA_STACK_BYTES 1536
#endif

#endif
