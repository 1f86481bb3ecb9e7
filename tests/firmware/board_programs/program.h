/* program.h: a program on an emulated board that checks a driver: exit code 0, or the line of the check that failed. */
#ifndef PROGRAM_H
#define PROGRAM_H

#include "semihosting.h"

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            persona_semihosting_exit(__LINE__);                                                                        \
        }                                                                                                              \
    } while (0)

#endif
