/* Which instructions the kernels of this build may use. Each class of core that has kernels of its own has a folder:
 * plain/ (any C99 compiler), dsp/ (Armv7E-M and the DSP extension: M4, M7, M33), mve/ (Helium: M55). An operator's
 * header includes the one that fits. PERSONA_ISA may be given to the compiler, as tests on a host do. */
#ifndef PERSONA_ISA_H
#define PERSONA_ISA_H

#define PERSONA_ISA_PLAIN 0
#define PERSONA_ISA_DSP 1
#define PERSONA_ISA_MVE 2

#ifndef PERSONA_ISA
#if defined(PERSONA_SMALL)
#define PERSONA_ISA PERSONA_ISA_PLAIN
#elif defined(__ARM_FEATURE_MVE)
#define PERSONA_ISA PERSONA_ISA_MVE
#elif defined(__ARM_FEATURE_DSP)
#define PERSONA_ISA PERSONA_ISA_DSP
#else
#define PERSONA_ISA PERSONA_ISA_PLAIN
#endif
#endif

/* What a table of packed weights begins at; only speed depends on it. */
#if defined(__GNUC__)
#define PERSONA_WORDS __attribute__((aligned(4)))
#define PERSONA_INLINE static inline __attribute__((always_inline))
#define PERSONA_SHARED static __attribute__((noinline, unused))
#else
#define PERSONA_WORDS
#define PERSONA_INLINE static inline
#define PERSONA_SHARED static inline
#endif

#endif
