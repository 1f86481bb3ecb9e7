/* Dot products of int8 for Helium: three windows with two rows of weights at a time. Five vectors loaded serve six
 * VMLADAVA of 16 products each, whose sums lie in general registers; a tail-predicated loop takes any number of taps.
 * Windows are interleaved, 16 taps of each in turn, so that one pointer reads them all and the registers suffice (short
 * ones stay in vectors and lie one behind the other). GCC
 * spends as many instructions again on keeping the rest of the loop in memory: hence assembly for a block of channels.
 */
#ifndef PERSONA_MVE_DOT_S8_H
#define PERSONA_MVE_DOT_S8_H

#include <arm_mve.h>

#include "../isa.h"

#define PERSONA_MVE_WINDOWS 3
#define PERSONA_MVE_CHANNELS 16 /* of a block of accumulators */
#define PERSONA_MVE_SHORT_TAPS 32
#define PERSONA_MVE_STEP (16 * PERSONA_MVE_WINDOWS)

typedef struct {
    const int8_t *windows; /* [vectors][PERSONA_MVE_WINDOWS][16], or [PERSONA_MVE_WINDOWS][vectors][16] if short */
    int32_t taps;
    int32_t row_bytes; /* from one row of weights to the next */
} persona_mve_dots;

#if !defined(__ARM_FEATURE_MVE)
/* Where tap `k` of window `n` lies. */
PERSONA_INLINE int32_t persona_mve_tap(const persona_mve_dots *d, int32_t n, int32_t k)
{
    const int32_t vectors = (d->taps + 15) / 16;
    return d->taps <= PERSONA_MVE_SHORT_TAPS ? n * vectors * 16 + k : (k / 16 * PERSONA_MVE_WINDOWS + n) * 16 + k % 16;
}
#endif

/* Fill acc [PERSONA_MVE_WINDOWS][PERSONA_MVE_CHANNELS] for channels 0 .. 2 * pairs - 1 of `weights` and `bias`. */
static __attribute__((noinline)) void persona_mve_dot_pairs(const persona_mve_dots *d, const int8_t *weights,
                                                            const int32_t *bias, int32_t pairs, int32_t *acc)
{
#if defined(__ARM_FEATURE_MVE)
    const struct {
        const int8_t *windows;
        int32_t taps, row_bytes, next;
        const int32_t *end;
    } in = { d->windows, d->taps, d->row_bytes, d->row_bytes - (d->taps + 15) / 16 * 16, bias + 2 * pairs };
    const int8_t *second, *window;
    int32_t a0, a1, b0, b1, c0, c1;
    __asm__ volatile(
        "1:\n\t"
        "ldrd %[b0], %[b1], [%[bias]]\n\t"
        "ldrd %[c0], %[c1], [%[bias]]\n\t"
        "ldrd %[a0], %[a1], [%[bias]], #8\n\t"
        "ldrd %[window], lr, [%[in]]\n\t"
        "ldr %[second], [%[in], #8]\n\t"
        "add %[second], %[first]\n\t"
        "dlstp.8 lr, lr\n"
        "2:\n\t"
        "vldrb.8 q0, [%[first]], #16\n\t"
        "vldrb.8 q1, [%[second]], #16\n\t"
        "vldrb.8 q2, [%[window]], #16\n\t"
        "vmladava.s8 %[a0], q0, q2\n\t"
        "vmladava.s8 %[a1], q1, q2\n\t"
        "vldrb.8 q2, [%[window]], #16\n\t"
        "vmladava.s8 %[b0], q0, q2\n\t"
        "vmladava.s8 %[b1], q1, q2\n\t"
        "vldrb.8 q2, [%[window]], #16\n\t"
        "vmladava.s8 %[c0], q0, q2\n\t"
        "vmladava.s8 %[c1], q1, q2\n\t"
        "letp lr, 2b\n\t"
        "ldrd %[first], %[window], [%[in], #12]\n\t"
        "strd %[b0], %[b1], [%[acc], #64]\n\t"
        "strd %[c0], %[c1], [%[acc], #128]\n\t"
        "strd %[a0], %[a1], [%[acc]], #8\n\t"
        "add %[first], %[second]\n\t"
        "cmp %[bias], %[window]\n\t"
        "bne 1b\n"
        : [a0] "=&Te"(a0), [a1] "=&Te"(a1), [b0] "=&Te"(b0), [b1] "=&Te"(b1), [c0] "=&Te"(c0), [c1] "=&Te"(c1),
          [second] "=&r"(second), [window] "=&r"(window), [first] "+r"(weights), [bias] "+r"(bias), [acc] "+r"(acc)
        : [in] "r"(&in)
        : "lr", "q0", "q1", "q2", "cc", "memory");
#else
    for (int32_t c = 0; c < 2 * pairs; c++) {
        for (int32_t p = 0; p < PERSONA_MVE_WINDOWS; p++) {
            int32_t sum = bias[c];
            for (int32_t k = 0; k < d->taps; k++) {
                sum += weights[c * d->row_bytes + k] * d->windows[persona_mve_tap(d, p, k)];
            }
            acc[p * PERSONA_MVE_CHANNELS + c] = sum;
        }
    }
#endif
}

#if defined(__ARM_FEATURE_MVE)
#define PERSONA_MVE_PRODUCTS(x, y, z)                                                                                  \
    "vmladava.s8 %[a0], q6, " x "\n\t"                                                                                 \
    "vmladava.s8 %[a1], q7, " x "\n\t"                                                                                 \
    "vmladava.s8 %[b0], q6, " y "\n\t"                                                                                 \
    "vmladava.s8 %[b1], q7, " y "\n\t"                                                                                 \
    "vmladava.s8 %[c0], q6, " z "\n\t"                                                                                 \
    "vmladava.s8 %[c1], q7, " z "\n\t"

/* A loop over pairs of channels: `before` sets up, `steps` are the products of one pair. */
#define PERSONA_MVE_SHORT(before, steps)                                                                               \
    __asm__ volatile(                                                                                                  \
        "ldrd %[a0], %[a1], [%[in]]\n\t"                                                                               \
        "ldrd %[b0], %[b1], [%[in], #8]\n\t"                                                                           \
        "vctp.8 %[a1]\n\t" before "mov %[in], %[b1]\n\t"                                                               \
        "dls lr, %[b0]\n"                                                                                              \
        "1:\n\t"                                                                                                       \
        "ldrd %[b0], %[b1], [%[bias]]\n\t"                                                                             \
        "ldrd %[c0], %[c1], [%[bias]]\n\t"                                                                             \
        "ldrd %[a0], %[a1], [%[bias]], #8\n\t" steps "add %[first], %[in]\n\t"                                         \
        "add %[second], %[in]\n\t"                                                                                     \
        "strd %[b0], %[b1], [%[acc], #64]\n\t"                                                                         \
        "strd %[c0], %[c1], [%[acc], #128]\n\t"                                                                        \
        "strd %[a0], %[a1], [%[acc]], #8\n\t"                                                                          \
        "le lr, 1b\n"                                                                                                  \
        : [a0] "=&Te"(a0), [a1] "=&Te"(a1), [b0] "=&Te"(b0), [b1] "=&Te"(b1), [c0] "=&Te"(c0), [c1] "=&Te"(c1),        \
          [first] "+r"(weights), [second] "+r"(second), [bias] "+r"(bias), [acc] "+r"(acc), [in] "+r"(from)            \
        :                                                                                                              \
        : "lr", "q0", "q1", "q2", "q3", "q4", "q5", "q6", "q7", "cc", "memory")
#endif

/* The same for at most 32 taps: the windows stay in vectors, and there is no loop over taps. */
static __attribute__((noinline)) void persona_mve_dot_short(const persona_mve_dots *d, const int8_t *weights,
                                                            const int32_t *bias, int32_t pairs, int32_t *acc)
{
#if defined(__ARM_FEATURE_MVE)
    const struct {
        const int8_t *windows;
        int32_t last, pairs, next; /* `last`: taps of the last vector */
    } in = { d->windows, (d->taps - 1) % 16 + 1, pairs, 2 * d->row_bytes }, *from = &in;
    const int8_t *second = weights + d->row_bytes;
    int32_t a0, a1, b0, b1, c0, c1;
    if (d->taps <= 16) {
        PERSONA_MVE_SHORT("vldrb.8 q0, [%[a0]]\n\t"
                          "vldrb.8 q1, [%[a0], #16]\n\t"
                          "vldrb.8 q2, [%[a0], #32]\n\t",
                          "vpstt\n\t"
                          "vldrbt.8 q6, [%[first]]\n\t"
                          "vldrbt.8 q7, [%[second]]\n\t" PERSONA_MVE_PRODUCTS("q0", "q1", "q2"));
    } else {
        PERSONA_MVE_SHORT(
            "vldrb.8 q0, [%[a0]]\n\t"
            "vldrb.8 q3, [%[a0], #16]\n\t"
            "vldrb.8 q1, [%[a0], #32]\n\t"
            "vldrb.8 q4, [%[a0], #48]\n\t"
            "vldrb.8 q2, [%[a0], #64]\n\t"
            "vldrb.8 q5, [%[a0], #80]\n\t",
            "vldrb.8 q6, [%[first]]\n\t"
            "vldrb.8 q7, [%[second]]\n\t" PERSONA_MVE_PRODUCTS(
                "q0", "q1", "q2") "vpstt\n\t"
                                  "vldrbt.8 q6, [%[first], #16]\n\t"
                                  "vldrbt.8 q7, [%[second], #16]\n\t" PERSONA_MVE_PRODUCTS("q3", "q4", "q5"));
    }
#else
    persona_mve_dot_pairs(d, weights, bias, pairs, acc);
#endif
}

PERSONA_INLINE void persona_mve_dot_even(const persona_mve_dots *d, const int8_t *weights, const int32_t *bias,
                                         int32_t pairs, int32_t *acc)
{
    if (d->taps <= PERSONA_MVE_SHORT_TAPS) {
        persona_mve_dot_short(d, weights, bias, pairs, acc);
    } else {
        persona_mve_dot_pairs(d, weights, bias, pairs, acc);
    }
}

/* The same for the first `channels` channels, an odd number too. */
PERSONA_INLINE void persona_mve_dot(const persona_mve_dots *d, const int8_t *weights, const int32_t *bias,
                                    int32_t channels, int32_t *acc)
{
    if (channels > 1) {
        persona_mve_dot_even(d, weights, bias, channels / 2, acc);
    }
    if (channels % 2 != 0) { /* with itself */
        const persona_mve_dots same = { d->windows, d->taps, 0 };
        const int32_t twice[2] = { bias[channels - 1], bias[channels - 1] };
        persona_mve_dot_even(&same, weights + (channels - 1) * d->row_bytes, twice, 1, acc + channels - 1);
    }
}

#endif
