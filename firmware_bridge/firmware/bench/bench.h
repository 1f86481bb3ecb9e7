/* bench.h: what the program that measures inferences (infer.c) wants of its board (cortex_m.c and a line), and offers
 * to it. */
#ifndef PERSONA_BENCH_H
#define PERSONA_BENCH_H

#include <stdint.h>

/* Set up the line; wait for a byte of the host; send one. */
void persona_bench_open(void);
void persona_bench_read(uint8_t *byte);
void persona_bench_write(uint8_t *byte);

/* Serves inferences, for ever. */
void persona_bench(void);

#endif
