/* Dot products of two rows of paired weights (../packing.h) with three windows: where the convolutions spend their
 * time. Of fourteen registers six accumulate, and the rest just suffices because one register takes a weight's word and
 * then its low bytes: 18 instructions, 2 of them LDM, for 24 products. The compiler does not find that allocation, so
 * it is written down. Overflow on the way wraps around and cancels out. */
#ifndef PERSONA_DSP_DOT_2X3_S8_H
#define PERSONA_DSP_DOT_2X3_S8_H

#include "dot_s8.h"

/* For each word of weights `patch` holds the first form of the taps of three windows, then the second form of each.
 * Before: acc[0] and acc[3] are where the rows begin. After: acc[3 * row + window]. */
#if PERSONA_DSP_ASSEMBLY
static __attribute__((noinline)) void persona_dot_2x3_s8(const uint32_t *patch, const int8_t *first,
                                                         const int8_t *second, persona_dots *d)
{
    register const uint32_t *r0 __asm__("r0") = patch;
    register const int8_t *r1 __asm__("r1") = first;
    register const int8_t *r2 __asm__("r2") = second;
    register persona_dots *r3 __asm__("r3") = d;
    /* r3 to r5 and r6 to r8 accumulate; the stack holds d and the end of the patch. r7 may be the frame pointer. */
    __asm__ volatile("ldr r4, [r3]\n\t"
                     "ldr r12, [r3, #4]\n\t"
                     "push {r3, r4, r7}\n\t"
                     "ldr r6, [r3, #20]\n\t"
                     "ldr r3, [r3, #8]\n\t"
                     "mov r4, r3\n\t"
                     "mov r5, r3\n\t"
                     "mov r7, r6\n\t"
                     "mov r8, r6\n\t"
                     "add pc, r12\n\t" /* into the first turn, so that the others are whole */
                     "nop\n"
                     "1:\n\t"
                     ".rept 4\n\t" /* each 72 bytes */
                     "ldm.w r0!, {r9, r10, r11}\n\t"
                     "ldr.w r12, [r1], #4\n\t"
                     "ldr.w lr, [r2], #4\n\t"
                     "smlad r3, r9, r12, r3\n\t"
                     "smlad r4, r10, r12, r4\n\t"
                     "smlad r5, r11, r12, r5\n\t"
                     "smlad r6, r9, lr, r6\n\t"
                     "smlad r7, r10, lr, r7\n\t"
                     "smlad r8, r11, lr, r8\n\t"
                     "ldm.w r0!, {r9, r10, r11}\n\t"
                     "sxtb16 r12, r12\n\t"
                     "sxtb16 lr, lr\n\t"
                     "smlad r3, r9, r12, r3\n\t"
                     "smlad r4, r10, r12, r4\n\t"
                     "smlad r5, r11, r12, r5\n\t"
                     "smlad r6, r9, lr, r6\n\t"
                     "smlad r7, r10, lr, r7\n\t"
                     "smlad r8, r11, lr, r8\n\t"
                     ".endr\n\t"
                     "ldr r12, [sp, #4]\n\t"
                     "cmp r0, r12\n\t"
                     "bne 1b\n\t"
                     "pop {r0, r1}\n\t"
                     "adds r0, #8\n\t"
                     "stm.w r0, {r3, r4, r5, r6, r7, r8}\n\t"
                     "pop {r7}"
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)
                     :
                     : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

enum { PERSONA_DOT_2X3_STEP = 72 };
#else
static void persona_dot_2x3_s8(const uint32_t *patch, const int8_t *first, const int8_t *second, persona_dots *d)
{
    persona_dot_rows_s8(patch, first, second, d, 3);
}

enum { PERSONA_DOT_2X3_STEP = 0 };
#endif

#endif
