/* check.h: an invariant of docs/protocol.md that must hold whatever the fuzzer does. */
#ifndef PERSONA_FUZZ_CHECK_H
#define PERSONA_FUZZ_CHECK_H

#include <stdio.h>
#include <stdlib.h>

/* Stop as a crash that names the property unless `holds`. */
#define CHECK(property, holds)                                                                                         \
    do {                                                                                                               \
        if (!(holds)) {                                                                                                \
            fprintf(stderr, "%s:%d: %s does not hold: %s\n", __FILE__, __LINE__, property, #holds);                    \
            abort();                                                                                                   \
        }                                                                                                              \
    } while (0)

#endif
