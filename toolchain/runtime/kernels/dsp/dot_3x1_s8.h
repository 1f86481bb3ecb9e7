/* Dot products of three rows of paired weights (../packing.h) with one row of bytes, which is expanded on the way:
 * 26 instructions, 4 of them LDRD, for 24 products. The compiler does not find the allocation of all fourteen
 * registers, so it is written down. Overflow on the way wraps around and cancels out. */
#ifndef PERSONA_DSP_DOT_3X1_S8_H
#define PERSONA_DSP_DOT_3X1_S8_H

#include "dot_s8.h"

/* What it takes besides its operands, and its results. The assembly knows the fields' places. */
typedef struct {
    const int8_t *end;  /* of x */
    int32_t skip;       /* bytes of code to leave out in the first turn */
    const int8_t *last; /* the third row */
    int32_t acc[3];
} persona_dots;

/* Eight taps at a time from the word-aligned `x` up to d->end, one step at least; acc[row] goes in and out. */
#if PERSONA_DSP_ASSEMBLY
static __attribute__((noinline)) void persona_dot_3x1_s8(const int8_t *x, const int8_t *first, const int8_t *second,
                                                         persona_dots *d)
{
    register const int8_t *r0 __asm__("r0") = x;
    register const int8_t *r1 __asm__("r1") = first;
    register const int8_t *r2 __asm__("r2") = second;
    register persona_dots *r3 __asm__("r3") = d;
    /* r4 to r6 accumulate, lr is the end; the stack holds d. r7 may be the frame pointer. */
    __asm__ volatile("ldr lr, [r3]\n\t"
                     "ldr r12, [r3, #4]\n\t"
                     "push {r3, r7}\n\t"
                     "ldrd r4, r5, [r3, #12]\n\t"
                     "ldr r6, [r3, #20]\n\t"
                     "ldr r3, [r3, #8]\n\t"
                     "add pc, r12\n\t" /* into the first turn, so that the others are whole */
                     "nop\n"
                     "1:\n\t"
                     ".rept 2\n\t" /* each 104 bytes */
                     "ldrd r8, r10, [r0], #8\n\t"
                     "sxtb16 r7, r8\n\t"
                     "eor.w r8, r8, #0x007f007f\n\t"
                     "sxtb16 r9, r10\n\t"
                     "eor.w r10, r10, #0x007f007f\n\t"
                     "ldrd r11, r12, [r1], #8\n\t"
                     "smlad r4, r11, r7, r4\n\t"
                     "sxtb16 r11, r11\n\t"
                     "smlad r4, r12, r9, r4\n\t"
                     "sxtb16 r12, r12\n\t"
                     "smlad r4, r11, r8, r4\n\t"
                     "smlad r4, r12, r10, r4\n\t"
                     "ldrd r11, r12, [r2], #8\n\t"
                     "smlad r5, r11, r7, r5\n\t"
                     "sxtb16 r11, r11\n\t"
                     "smlad r5, r12, r9, r5\n\t"
                     "sxtb16 r12, r12\n\t"
                     "smlad r5, r11, r8, r5\n\t"
                     "smlad r5, r12, r10, r5\n\t"
                     "ldrd r11, r12, [r3], #8\n\t"
                     "smlad r6, r11, r7, r6\n\t"
                     "sxtb16 r11, r11\n\t"
                     "smlad r6, r12, r9, r6\n\t"
                     "sxtb16 r12, r12\n\t"
                     "smlad r6, r11, r8, r6\n\t"
                     "smlad r6, r12, r10, r6\n\t"
                     ".endr\n\t"
                     "cmp r0, lr\n\t"
                     "bne 1b\n\t"
                     "pop {r0, r7}\n\t"
                     "strd r4, r5, [r0, #12]\n\t"
                     "str r6, [r0, #20]"
                     : "+r"(r0), "+r"(r1), "+r"(r2), "+r"(r3)
                     :
                     : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "r12", "lr", "cc", "memory");
}

enum { PERSONA_DOT_3X1_STEP = 104 };
#else
static void persona_dot_3x1_s8(const int8_t *x, const int8_t *first, const int8_t *second, persona_dots *d)
{
    const int8_t *rows[] = { first, second, d->last };
    for (int32_t j = 0; j < 3; j++) {
        for (const int8_t *at = x; at != d->end; at += 4, rows[j] += 4) {
            const uint32_t word = persona_load_word(at);
            d->acc[j] = persona_dot_word(persona_load_word(rows[j]), persona_taps_first(word),
                                         persona_taps_second(word), d->acc[j]);
        }
    }
}

enum { PERSONA_DOT_3X1_STEP = 0 };
#endif

#endif
