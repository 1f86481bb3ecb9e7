/* persona_dot_2x3_s8 for two windows, where memory is short: 13 instructions for 16 products. */
#ifndef PERSONA_DSP_DOT_2X2_S8_H
#define PERSONA_DSP_DOT_2X2_S8_H

#include "dot_s8.h"

/* Before: acc[0] and acc[2] are where the rows begin. After: acc[2 * row + window]. */
#if PERSONA_DSP_ASSEMBLY
static __attribute__((noinline)) void persona_dot_2x2_s8(const uint32_t *patch, const int8_t *first,
                                                         const int8_t *second, persona_dots *d)
{
    register const uint32_t *r0 __asm__("r0") = patch;
    register const int8_t *r1 __asm__("r1") = first;
    register const int8_t *r2 __asm__("r2") = second;
    register persona_dots *r3 __asm__("r3") = d;
    /* r3, r4 and r5, r6 accumulate; the stack holds d. r7 may be the frame pointer. */
    __asm__ volatile("ldr lr, [r3]\n\t"
                     "ldr r12, [r3, #4]\n\t"
                     "push {r3, r7}\n\t"
                     "ldr r5, [r3, #16]\n\t"
                     "ldr r3, [r3, #8]\n\t"
                     "mov r4, r3\n\t"
                     "mov r6, r5\n\t"
                     "add pc, r12\n\t" /* into the first turn, so that the others are whole */
                     "nop\n"
                     "1:\n\t"
                     ".rept 4\n\t" /* each 52 bytes */
                     "ldm.w r0!, {r7, r8, r9, r10}\n\t"
                     "ldr.w r11, [r1], #4\n\t"
                     "ldr.w r12, [r2], #4\n\t"
                     "smlad r3, r7, r11, r3\n\t"
                     "smlad r4, r8, r11, r4\n\t"
                     "sxtb16 r11, r11\n\t"
                     "smlad r5, r7, r12, r5\n\t"
                     "smlad r6, r8, r12, r6\n\t"
                     "sxtb16 r12, r12\n\t"
                     "smlad r3, r9, r11, r3\n\t"
                     "smlad r4, r10, r11, r4\n\t"
                     "smlad r5, r9, r12, r5\n\t"
                     "smlad r6, r10, r12, r6\n\t"
                     ".endr\n\t"
                     "cmp r0, lr\n\t"
                     "bne 1b\n\t"
                     "pop {r0, r7}\n\t"
                     "adds r0, #8\n\t"
                     "stm.w r0, {r3, r4, r5, r6}"
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)
                     :
                     : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

enum { PERSONA_DOT_2X2_STEP = 52 };
#else
static void persona_dot_2x2_s8(const uint32_t *patch, const int8_t *first, const int8_t *second, persona_dots *d)
{
    persona_dot_rows_s8(patch, first, second, d, 2);
}

enum { PERSONA_DOT_2X2_STEP = 0 };
#endif

#endif
