/* persona_pairs_3_s8 for two windows, where memory is short: 13 instructions for 16 products. */
#ifndef PERSONA_DSP_PAIRS_2_S8_H
#define PERSONA_DSP_PAIRS_2_S8_H

#include "pairs_s8.h"

/* For each word of weights the patch holds the first form of the taps of two windows, then the second form of each.
 * With `multiplier` the zero point is -128, the clamp that of int8, no shift goes to the left. */
#if PERSONA_DSP_ASSEMBLY
static __attribute__((noinline)) void persona_pairs_2_s8(persona_pairs *p, const int8_t *weights)
{
    register persona_pairs *r0 __asm__("r0") = p;
    register const int8_t *r1 __asm__("r1") = weights;
    /* r3, r4 and r5, r6 accumulate; the stack holds p and the end of the patch. r7 may be the frame pointer. */
    __asm__ volatile("push {r0, r1, r7}\n\t"
                     "ldr r3, [r0]\n\t"
                     "str r3, [sp, #4]\n\t"
                     "mov lr, r0\n\t"
                     "mov r2, r1\n"
                     "2:\n\t"
                     "mov r1, r2\n\t"
                     "ldr r12, [lr, #12]\n\t"
                     "add r2, r1, r12\n\t"
                     "ldr r12, [lr, #16]\n\t"
                     "ldrd r3, r5, [r12], #8\n\t"
                     "str r12, [lr, #16]\n\t"
                     "mov r4, r3\n\t"
                     "mov r6, r5\n\t"
                     "ldrd r12, r0, [lr, #4]\n\t"
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
                     "ldr r12, [sp, #4]\n\t"
                     "cmp r0, r12\n\t"
                     "bne 1b\n\t"
                     "ldr lr, [sp]\n\t"
                     "ldrd r0, r1, [lr, #20]\n\t"
                     "cmp r0, #0\n\t"
                     "beq 3f\n\t"
                     "ldrd r9, r10, [r0], #8\n\t"
                     "ldrsb r11, [r1], #1\n\t"
                     "ldrsb r12, [r1], #1\n\t"
                     "strd r0, r1, [lr, #20]\n\t"
                     "rsb r11, r11, #0\n\t"
                     "rsb r12, r12, #0\n\t"
                     "mvn r1, #254\n\t"
                     "lsl r0, r1, r11\n\t"
                     "lsl r1, r1, r12\n\t"
                     "asr r0, r0, #1\n\t"
                     "asr r1, r1, #1\n\t"
                     "asr r3, r3, #7\n\t" /* scaled as persona_scale_s8_by_256th does */
                     "asr r4, r4, #7\n\t"
                     "smmlar r3, r3, r9, r0\n\t"
                     "smmlar r4, r4, r9, r0\n\t"
                     "asr r3, r3, r11\n\t"
                     "asr r4, r4, r11\n\t"
                     "ssat r3, #8, r3\n\t"
                     "ssat r4, #8, r4\n\t"
                     "asr r5, r5, #7\n\t"
                     "asr r6, r6, #7\n\t"
                     "smmlar r5, r5, r10, r1\n\t"
                     "smmlar r6, r6, r10, r1\n\t"
                     "asr r5, r5, r12\n\t"
                     "asr r6, r6, r12\n\t"
                     "ssat r5, #8, r5\n\t"
                     "ssat r6, #8, r6\n\t"
                     "add r12, lr, #32\n\t"
                     "ldm.w r12, {r9, r10}\n\t"
                     "strb r3, [r9], #1\n\t"
                     "strb r5, [r9], #1\n\t"
                     "strb r4, [r10], #1\n\t"
                     "strb r6, [r10], #1\n\t"
                     "stm.w r12, {r9, r10}\n\t"
                     "ldr r12, [lr, #28]\n\t"
                     "subs r12, r12, #1\n\t"
                     "str r12, [lr, #28]\n\t"
                     "bne 2b\n\t"
                     "b 4f\n"
                     "3:\n\t"
                     "add lr, lr, #44\n\t"
                     "stm.w lr, {r3, r4, r5, r6}\n"
                     "4:\n\t"
                     "pop {r0, r1, r7}"
                     : "+r"(r0), "+r"(r1)
                     :
                     : "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

enum { PERSONA_PAIRS_2_STEP = 52 };
#else
static void persona_pairs_2_s8(persona_pairs *p, const int8_t *weights)
{
    persona_pairs_run(p, weights, 2);
}

enum { PERSONA_PAIRS_2_STEP = 0 };
#endif

#endif
