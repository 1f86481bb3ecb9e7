/* world.h: a device in a world that the fuzzer decides: its line, its clock, its flash, its resets.
 *
 * After each step the world looks at the device from outside and checks what docs/protocol.md promises for any bytes
 * whatsoever (P2, P3, P5, P6, P9, P10, P13, P15, P16, P19, P21, P22); what does not hold is a crash that names the
 * property.
 */
#ifndef PERSONA_FUZZ_WORLD_H
#define PERSONA_FUZZ_WORLD_H

#include "check.h"
#include "device.h"
#include "persona_bundle.h"

#define WORLD_MODEL (&PERSONA_BUNDLE_MODEL)
#define WORLD_FLOATS PERSONA_BUNDLE_ADAPTIVE_FLOATS
#define WORLD_BANK_BYTES (WORLD_FLOATS * 4u)
#define WORLD_MOST_PAYLOAD 512u

/* The edit states of docs/protocol.md. */
enum { WORLD_IDLE, WORLD_WRITING, WORLD_VERIFIED, WORLD_TRIED, WORLD_PROBATION };

/* A device that has just left the factory. Words of 0 bytes: it has no flash. */
void world_start(uint32_t word_bytes, bool with_key);

/* Reset it. */
void world_reset(void);

persona_device *world_device(void);
const uint8_t *world_key(void); /* NULL: it has none */

/* Let bytes arrive as they are. */
void world_feed(const uint8_t *bytes, uint32_t size);

/* Send a request of its own and give the status of its reply. */
uint8_t world_ask(uint8_t type, const uint8_t *payload, uint32_t size);

/* The payload of the last reply, status included. */
const uint8_t *world_reply(void);

/* Send the last request once more: the reply is the same to the byte, and nothing else happens (P6). */
void world_repeat(void);

/* Let time pass, with the main loop running. */
void world_advance(uint32_t milliseconds);

/* The power goes at store number `store` from now on; the device boots again by itself. */
void world_cut(uint32_t store);

/* P13: whatever has happened, the device takes the next edit. */
void world_takes_an_edit(void);

#endif
