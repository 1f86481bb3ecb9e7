/* The operator of ../fully_connected_f32.h for cores with a single precision FPU; without one it is plain C. VMLA
 * rounds the product, then the sum, so it gives the bits of a multiplication and an addition (VFMA would not). Four
 * units share the loads of the input, and VLDM brings eight weights at once: 39 instructions for 32 multiplications.
 * The products of a unit are still added one after the other. */
#ifndef PERSONA_DSP_FULLY_CONNECTED_F32_H
#define PERSONA_DSP_FULLY_CONNECTED_F32_H

#include "../isa.h"

#include "../float_clamp.h"
#include "../fully_connected_f32_args.h"

#define PERSONA_FC_F32_STEP 8

#if defined(__ARM_FEATURE_DSP) && defined(__ARM_FP) && (__ARM_FP & 4)

/* One unit's next eight products, with the inputs in s16 to s23. */
#define PERSONA_FC_F32_UNIT(weights, acc)                                                                              \
    "vldmia " weights "!, {s24-s31}\n\t"                                                                               \
    "vmla.f32 " acc ", s16, s24\n\t"                                                                                   \
    "vmla.f32 " acc ", s17, s25\n\t"                                                                                   \
    "vmla.f32 " acc ", s18, s26\n\t"                                                                                   \
    "vmla.f32 " acc ", s19, s27\n\t"                                                                                   \
    "vmla.f32 " acc ", s20, s28\n\t"                                                                                   \
    "vmla.f32 " acc ", s21, s29\n\t"                                                                                   \
    "vmla.f32 " acc ", s22, s30\n\t"                                                                                   \
    "vmla.f32 " acc ", s23, s31\n\t"
#define PERSONA_FC_F32_INPUTS "1: vldmia %[x]!, {s16-s23}\n\t"
#define PERSONA_FC_F32_AGAIN "subs %[n], %[n], #1\n\tbne 1b"
#define PERSONA_FC_F32_CLOBBERED                                                                                       \
    "s16", "s17", "s18", "s19", "s20", "s21", "s22", "s23", "s24", "s25", "s26", "s27", "s28", "s29", "s30", "s31",    \
        "cc", "memory"

/* acc[i] += the next 8 * steps products of unit i; `x` and `w` move on. The loop is in here because the compiler would
 * move accumulators between registers in every round. */
PERSONA_INLINE void persona_fc_f32_four(const float **x, const float **w, float *acc, int32_t steps)
{
    __asm__ volatile(PERSONA_FC_F32_INPUTS PERSONA_FC_F32_UNIT("%[w0]", "%[a0]") PERSONA_FC_F32_UNIT("%[w1]", "%[a1]")
                         PERSONA_FC_F32_UNIT("%[w2]", "%[a2]") PERSONA_FC_F32_UNIT("%[w3]", "%[a3]")
                             PERSONA_FC_F32_AGAIN
                     : [x] "+r"(*x), [w0] "+r"(w[0]), [w1] "+r"(w[1]), [w2] "+r"(w[2]), [w3] "+r"(w[3]),
                       [a0] "+t"(acc[0]), [a1] "+t"(acc[1]), [a2] "+t"(acc[2]), [a3] "+t"(acc[3]), [n] "+r"(steps)
                     :
                     : PERSONA_FC_F32_CLOBBERED);
}

PERSONA_INLINE void persona_fc_f32_one(const float **x, const float **w, float *acc, int32_t steps)
{
    __asm__ volatile(PERSONA_FC_F32_INPUTS PERSONA_FC_F32_UNIT("%[w]", "%[a]") PERSONA_FC_F32_AGAIN
                     : [x] "+r"(*x), [w] "+r"(*w), [a] "+t"(*acc), [n] "+r"(steps)
                     :
                     : PERSONA_FC_F32_CLOBBERED);
}

#else

PERSONA_INLINE void persona_fc_f32_one(const float **x, const float **w, float *acc, int32_t steps)
{
    for (int32_t k = 0; k < PERSONA_FC_F32_STEP * steps; k++) {
        *acc += *(*x)++ * *(*w)++;
    }
}

PERSONA_INLINE void persona_fc_f32_four(const float **x, const float **w, float *acc, int32_t steps)
{
    for (int32_t i = 0; i < 4; i++) {
        const float *from = *x;
        persona_fc_f32_one(&from, w + i, acc + i, steps);
    }
    *x += PERSONA_FC_F32_STEP * steps;
}

#endif

/* Add the products that are left over, then the bias of unit `u`, and clamp. */
PERSONA_INLINE float persona_fc_f32_finish(const persona_fully_connected_f32_args *a, const float *x, const float *w,
                                           float acc, const float *bias, int32_t u)
{
    for (int32_t k = a->depth % PERSONA_FC_F32_STEP; k > 0; k--) {
        acc += *x++ * *w++;
    }
    if (bias != NULL) {
        acc += bias[u];
    }
    return persona_float_clamp(acc, a->act_min, a->act_max);
}

PERSONA_INLINE void persona_fully_connected_f32_row(const persona_fully_connected_f32_args *a, const float *x,
                                                    const float *weights, const float *bias, float *out)
{
    int32_t u = 0;
    for (; u + 4 <= a->units; u += 4, weights += 4 * a->depth) {
        const float *from = x;
        const float *w[4] = { weights, weights + a->depth, weights + 2 * a->depth, weights + 3 * a->depth };
        float acc[4] = { 0.0f, 0.0f, 0.0f, 0.0f };
        if (a->depth >= PERSONA_FC_F32_STEP) {
            persona_fc_f32_four(&from, w, acc, a->depth / PERSONA_FC_F32_STEP);
        }
        out[u] = persona_fc_f32_finish(a, from, w[0], acc[0], bias, u);
        out[u + 1] = persona_fc_f32_finish(a, from, w[1], acc[1], bias, u + 1);
        out[u + 2] = persona_fc_f32_finish(a, from, w[2], acc[2], bias, u + 2);
        out[u + 3] = persona_fc_f32_finish(a, from, w[3], acc[3], bias, u + 3);
    }
    for (; u < a->units; u++, weights += a->depth) {
        const float *from = x, *w = weights;
        float acc = 0.0f;
        if (a->depth >= PERSONA_FC_F32_STEP) {
            persona_fc_f32_one(&from, &w, &acc, a->depth / PERSONA_FC_F32_STEP);
        }
        out[u] = persona_fc_f32_finish(a, from, w, acc, bias, u);
    }
}

/* `bias` may be NULL. */
static void persona_fully_connected_f32(const persona_fully_connected_f32_args *a, const float *x, const float *weights,
                                        const float *bias, float *out)
{
    for (int32_t r = 0; r < a->rows; r++) {
        persona_fully_connected_f32_row(a, x + r * a->depth, weights, bias, out + r * a->units);
    }
}

#endif
