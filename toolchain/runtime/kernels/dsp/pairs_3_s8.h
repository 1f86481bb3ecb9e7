/* Dot products of pairs of rows of paired weights (../packing.h) with three windows, and the outputs of them: where the
 * convolutions spend their time. Of fourteen registers six accumulate, and the rest just suffices because one register
 * takes a weight's word and then its low bytes: 18 instructions, 2 of them LDM, for 24 products. The compiler does not
 * find that allocation, so it is written down. Overflow on the way wraps around and cancels out. */
#ifndef PERSONA_DSP_PAIRS_3_S8_H
#define PERSONA_DSP_PAIRS_3_S8_H

#include "pairs_s8.h"

/* For each word of weights the patch holds the first form of the taps of three windows, then the second form of each.
 * With `multiplier` the zero point is -128, the clamp that of int8, no shift goes to the left. */
#if PERSONA_DSP_ASSEMBLY
static __attribute__((noinline)) void persona_pairs_3_s8(persona_pairs *p, const int8_t *weights)
{
    register persona_pairs *r0 __asm__("r0") = p;
    register const int8_t *r1 __asm__("r1") = weights;
    /* r3 to r5 and r6 to r8 accumulate; the stack holds p and the end of the patch. r7 may be the frame pointer. */
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
                     "ldrd r3, r6, [r12], #8\n\t"
                     "str r12, [lr, #16]\n\t"
                     "mov r4, r3\n\t"
                     "mov r5, r3\n\t"
                     "mov r7, r6\n\t"
                     "mov r8, r6\n\t"
                     "ldrd r12, r0, [lr, #4]\n\t"
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
                     "asr r5, r5, #7\n\t"
                     "smmlar r3, r3, r9, r0\n\t"
                     "smmlar r4, r4, r9, r0\n\t"
                     "smmlar r5, r5, r9, r0\n\t"
                     "asr r3, r3, r11\n\t"
                     "asr r4, r4, r11\n\t"
                     "asr r5, r5, r11\n\t"
                     "ssat r3, #8, r3\n\t"
                     "ssat r4, #8, r4\n\t"
                     "ssat r5, #8, r5\n\t"
                     "asr r6, r6, #7\n\t"
                     "asr r7, r7, #7\n\t"
                     "asr r8, r8, #7\n\t"
                     "smmlar r6, r6, r10, r1\n\t"
                     "smmlar r7, r7, r10, r1\n\t"
                     "smmlar r8, r8, r10, r1\n\t"
                     "asr r6, r6, r12\n\t"
                     "asr r7, r7, r12\n\t"
                     "asr r8, r8, r12\n\t"
                     "ssat r6, #8, r6\n\t"
                     "ssat r7, #8, r7\n\t"
                     "ssat r8, #8, r8\n\t"
                     "add r12, lr, #32\n\t"
                     "ldm.w r12, {r9, r10, r11}\n\t"
                     "strb r3, [r9], #1\n\t"
                     "strb r6, [r9], #1\n\t"
                     "strb r4, [r10], #1\n\t"
                     "strb r7, [r10], #1\n\t"
                     "strb r5, [r11], #1\n\t"
                     "strb r8, [r11], #1\n\t"
                     "stm.w r12, {r9, r10, r11}\n\t"
                     "ldr r12, [lr, #28]\n\t"
                     "subs r12, r12, #1\n\t"
                     "str r12, [lr, #28]\n\t"
                     "bne 2b\n\t"
                     "b 4f\n"
                     "3:\n\t"
                     "add lr, lr, #44\n\t"
                     "stm.w lr, {r3, r4, r5, r6, r7, r8}\n"
                     "4:\n\t"
                     "pop {r0, r1, r7}"
                     : "+r"(r0), "+r"(r1)
                     :
                     : "r2", "r3", "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

enum { PERSONA_PAIRS_3_STEP = 72 };
#else
static void persona_pairs_3_s8(persona_pairs *p, const int8_t *weights)
{
    persona_pairs_run(p, weights, 3);
}

enum { PERSONA_PAIRS_3_STEP = 0 };
#endif

#endif
