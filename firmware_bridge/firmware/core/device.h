/* device.h: one device: a model, its banks, its context, its line. The caller owns all memory and moves the bytes.
 *
 *     const char *wrong = persona_device_init(&device, &memory);
 *     ...
 *     for each byte that arrived:
 *         uint32_t size = persona_device_feed(&device, byte);
 *         if (size > 0) send(persona_device_reply(&device), size);
 *
 * A device answers one request with one reply, keeps that reply, and gives it again when the same request comes again.
 * There is no allocation, no recursion and no global state: memory.c lays out the one device of a firmware.
 */
#ifndef PERSONA_DEVICE_H
#define PERSONA_DEVICE_H

#include "context.h"
#include "frame.h"
#include "reply.h"
#include "runner.h"
#include "update.h"

#define PERSONA_FIRMWARE_VERSION ((0u << 8) | 1u) /* major, minor */

/* What a device works in, and how large it is; sizes in bytes unless they say otherwise. */
typedef struct {
    const persona_model *model;
    uint8_t *arena; /* aligned to PERSONA_ARENA_ALIGN */
    uint32_t arena_bytes;
    float *banks[2];
    uint32_t bank_floats;
    uint8_t *output;
    uint32_t output_bytes;
    uint8_t *context;
    uint32_t context_bytes;
    uint8_t *receive; /* PERSONA_FRAME_BYTES(max_payload) */
    uint8_t *send;    /* PERSONA_SEALED_BYTES(max_payload) */
    uint32_t max_payload;
} persona_memory;

typedef struct {
    const persona_model *model;
    persona_counters counters;
    persona_receiver receiver;
    persona_banks banks;
    persona_update update;
    persona_context context;
    persona_runner runner;
    uint32_t max_payload;
    uint8_t *send;       /* the last reply as it goes over the line */
    uint32_t send_bytes; /* 0: there was none */
    uint16_t last_seq;   /* of the request that the last reply answers */
    uint32_t last_crc;
} persona_device;

/* NULL, or what is wrong with model and memory. The banks then hold entry 0 of the prototype table. */
const char *persona_device_init(persona_device *device, const persona_memory *memory);

/* Take one byte of the line. Returns the number of bytes to send, usually 0. */
uint32_t persona_device_feed(persona_device *device, uint8_t byte);

const uint8_t *persona_device_reply(const persona_device *device);

/* The device of this firmware, in static memory sized by its bundle (memory.c). */
const char *persona_device_boot(persona_device **device);

#endif
