#include "semihosting.h"

#define SYS_EXIT_EXTENDED 0x20u
#define ADP_STOPPED_APPLICATIONEXIT 0x20026u

void persona_semihosting_exit(uint32_t code)
{
    const uint32_t block[2] = { ADP_STOPPED_APPLICATIONEXIT, code };
    __asm__ volatile("mov r0, %0\n"
                     "mov r1, %1\n"
                     "bkpt 0xab\n" ::"r"(SYS_EXIT_EXTENDED),
                     "r"(block)
                     : "r0", "r1", "memory");
}
