/* device.h: one device: a model, its banks, its context, its line. The caller owns all memory and moves the bytes.
 *
 *     const char *wrong = persona_device_init(&device, &memory);
 *     ...
 *     for each byte that arrived:
 *         uint32_t size = persona_device_feed(&device, byte);
 *         if (size > 0) send(persona_device_reply(&device), size);
 *
 *     between two requests, at least every 250 ms: persona_device_poll(&device);
 *
 * A device answers one request with one reply, keeps that reply, and gives it again when the same request comes again.
 * There is no allocation, no recursion and no global state: memory.c lays out the one device of a firmware.
 */
#ifndef PERSONA_DEVICE_H
#define PERSONA_DEVICE_H

#include "clock.h"
#include "context.h"
#include "flash.h"
#include "frame.h"
#include "keystore.h"
#include "reply.h"
#include "runner.h"
#include "update.h"

#ifndef PERSONA_FIRMWARE_VERSION
#define PERSONA_FIRMWARE_VERSION ((0u << 8) | 2u) /* major, minor */
#endif

/* While an edit is on probation a device that hangs for so long is reset, which brings the old bank back. */
#ifndef PERSONA_WATCHDOG_SECONDS
#define PERSONA_WATCHDOG_SECONDS 8u
#endif

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
    persona_moments *moments; /* one for each byte of an embedding */
    uint8_t *receive;         /* PERSONA_FRAME_BYTES(max_payload) */
    uint8_t *send;            /* PERSONA_SEALED_BYTES(max_payload) */
    uint32_t max_payload;
    const persona_flash *flash; /* NULL: edits last until the next reset */
    const persona_key *key;     /* built in; NULL: the one in `flash`, if any */
} persona_memory;

/* What is used most comes first, where instructions are short. */
typedef struct {
    const persona_model *model;
    uint32_t max_payload;
    uint8_t *send;       /* the last reply as it goes over the line */
    uint32_t send_bytes; /* 0: there was none */
    uint16_t last_seq;   /* of the request that the last reply answers */
    uint32_t last_crc;
    bool watched; /* by the watchdog */
    const persona_flash *flash;
    persona_runner runner;
    persona_context context;
    persona_banks banks;
    persona_receiver receiver;
    persona_clock clock;
    persona_key key;
    persona_update update;
    persona_counters counters;
} persona_device;

/* NULL, or what is wrong with model and memory. The active bank then holds the edit that was confirmed last, or entry 0
 * of the prototype table. */
const char *persona_device_init(persona_device *device, const persona_memory *memory);

/* Take one byte of the line. Returns the number of bytes to send, usually 0. */
uint32_t persona_device_feed(persona_device *device, uint8_t byte);

const uint8_t *persona_device_reply(const persona_device *device);

/* Let time go by: the end of a probation, the limits, the watchdog. Each request does it too. */
void persona_device_poll(persona_device *device);

/* The device of this firmware, in static memory sized by its bundle (memory.c). */
const char *persona_device_boot(persona_device **device);

#endif
