#include "fault.h"

#include "log.h"
#include "port.h"
#include "registers.h"
#include "semihosting.h"

#include <string.h>

#define HEX_DIGITS 8u
#define NMI 2u

static void tell(const char *why)
{
    static uint8_t frame[PERSONA_LOG_BYTES]; /* not on the stack, which may be what failed */
    __asm__ volatile("cpsid i");
    persona_port_write(frame, persona_log_seal(frame, why));
}

void persona_stop(const char *why, uint32_t code)
{
    tell(why);
    persona_semihosting_exit(code);
    for (;;) {
    }
}

void persona_restart(const char *why)
{
    tell(why);
    AIRCR = AIRCR_RESET;
    for (;;) {
    }
}

static void write_hex(char *to, uint32_t number)
{
    for (uint32_t i = 0; i < HEX_DIGITS; i++) {
        to[HEX_DIGITS - 1u - i] = "0123456789abcdef"[(number >> (4u * i)) & 15u];
    }
}

/* Called by persona_fault with what the exception's frame holds, 0 where the stack itself is unusable. */
__attribute__((used)) static void report(uint32_t exception, uint32_t pc, uint32_t lr)
{
#if __ARM_ARCH >= 7
    static char text[] = "fault ........ at pc ........ lr ........ cfsr ........ mmfar ........ bfar ........";
    const uint32_t values[] = { exception, pc, lr, CFSR, MMFAR, BFAR };
#else
    static char text[] = "fault ........ at pc ........ lr ........";
    const uint32_t values[] = { exception, pc, lr };
#endif
    char *place = text;
    for (uint32_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        place = strchr(place, '.');
        write_hex(place, values[i]);
        place += HEX_DIGITS;
    }
    if (exception == NMI) {
        persona_restart(text);
    }
    persona_stop(text, PERSONA_EXIT_FAULT + exception);
}

/* Read pc and lr of the frame unless it lies below the stack, then start over at the top of the stack. Only what
 * Armv6-M has: no IT block, no literal for a high register, no far branch but BL. */
__attribute__((naked)) void persona_fault(void)
{
    __asm__ volatile("mrs r0, ipsr\n"
                     "mrs r3, msp\n"
                     "movs r1, #0\n"
                     "movs r2, #0\n"
                     "ldr r4, =persona_part_stack\n"
                     "cmp r3, r4\n"
                     "blo 1f\n"
                     "ldr r1, [r3, #24]\n"
                     "ldr r2, [r3, #20]\n"
                     "1: ldr r3, =persona_stack_top\n"
                     "mov sp, r3\n"
                     "bl %c0\n"
                     ".ltorg\n" ::"i"(report));
}
