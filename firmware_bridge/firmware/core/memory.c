/* The static memory of a firmware with one device, sized by its bundle. Each part has a symbol of its own, so that the
 * linked image tells what it spends memory on (firmware_bridge/image.py). */
#include "device.h"
#include "persona_bundle.h"
#include "port.h"

#ifdef PERSONA_KEY_HEADER
#include "persona_key.h" /* made by the build from PERSONA_KEY_FILE */
#endif

#include <stddef.h>

/* Embeddings that the device remembers; large ones, of adaptive layers early in a network, would take all of its RAM.
 */
#ifndef PERSONA_CONTEXT_CAPACITY
#if PERSONA_BUNDLE_EMBEDDING_BYTES > 1024
#define PERSONA_CONTEXT_CAPACITY 0
#else
#define PERSONA_CONTEXT_CAPACITY 32
#endif
#endif

/* An embedding must fit a frame, behind the fields of the CONTEXT reply. */
#ifndef PERSONA_MAX_PAYLOAD
#if PERSONA_CONTEXT_CAPACITY > 0 && PERSONA_BUNDLE_EMBEDDING_BYTES + 11 > 512
#define PERSONA_MAX_PAYLOAD (PERSONA_BUNDLE_EMBEDDING_BYTES + 11)
#else
#define PERSONA_MAX_PAYLOAD 512
#endif
#endif

#if PERSONA_MAX_PAYLOAD > 65535
#error "an embedding of this model does not fit a frame"
#endif

#define CONTEXT_DIMENSIONS (PERSONA_CONTEXT_CAPACITY > 0 ? PERSONA_BUNDLE_EMBEDDING_BYTES : 0)

/* C has no arrays of no elements. */
#define AT_LEAST_ONE(size) ((size) > 0 ? (size) : 1)
#define ALIGNED __attribute__((aligned(PERSONA_ARENA_ALIGN)))

typedef struct {
    persona_device device;
    uint8_t receive[PERSONA_FRAME_BYTES(PERSONA_MAX_PAYLOAD)];
    uint8_t send[PERSONA_SEALED_BYTES(PERSONA_MAX_PAYLOAD)];
} link_memory;

typedef struct {
    persona_moments moments[AT_LEAST_ONE(CONTEXT_DIMENSIONS)];
    uint8_t ring[AT_LEAST_ONE(PERSONA_CONTEXT_CAPACITY * CONTEXT_DIMENSIONS)];
} context_memory;

#ifdef PERSONA_BUILT_IN_KEY
static const persona_key built_in_key = PERSONA_BUILT_IN_KEY;
#define KEY (&built_in_key)
#else
#define KEY NULL
#endif

ALIGNED uint8_t persona_part_arena[AT_LEAST_ONE(PERSONA_BUNDLE_ARENA_BYTES)];
ALIGNED float persona_part_banks[2][AT_LEAST_ONE(PERSONA_BUNDLE_ADAPTIVE_FLOATS)];
context_memory persona_part_context;
uint8_t persona_part_output[AT_LEAST_ONE(PERSONA_BUNDLE_OUTPUT_BYTES)];
link_memory persona_part_link;

const char *persona_device_boot(persona_device **device)
{
    const persona_memory memory = {
        .model = &PERSONA_BUNDLE_MODEL,
        .arena = persona_part_arena,
        .arena_bytes = sizeof persona_part_arena,
        .banks = { persona_part_banks[0], persona_part_banks[1] },
        .bank_floats = AT_LEAST_ONE(PERSONA_BUNDLE_ADAPTIVE_FLOATS),
        .output = persona_part_output,
        .output_bytes = sizeof persona_part_output,
        .context = persona_part_context.ring,
        .context_bytes = PERSONA_CONTEXT_CAPACITY * PERSONA_BUNDLE_EMBEDDING_BYTES,
        .moments = persona_part_context.moments,
        .receive = persona_part_link.receive,
        .send = persona_part_link.send,
        .max_payload = PERSONA_MAX_PAYLOAD,
        .flash = persona_port_flash(),
        .key = KEY,
    };
    *device = &persona_part_link.device;
    return persona_device_init(*device, &memory);
}
