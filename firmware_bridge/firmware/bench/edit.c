/* edit.c: what an int8 edit of the whole bank costs on a device, in ticks of its port.
 *
 * Takes the place of run.c: the port's main() calls it. It writes one line of text for each step, "name ticks", and
 * "end". Frames are made beforehand, so a step is what the device does with the bytes of a request: receive, carry out,
 * reply.
 */
#include "bytes.h"
#include "codec.h"
#include "device.h"
#include "persona_bundle.h"
#include "port.h"
#include "requests.h"
#include "run.h"

#include <stdbool.h>
#include <string.h>

#define PAYLOAD 512u
#define CHUNK (PAYLOAD - 4u)
#define LEVEL 1
#define NUMBER_MAX 20

static uint8_t frame[PERSONA_SEALED_BYTES(PAYLOAD)];
static float bank[PERSONA_BUNDLE_ADAPTIVE_FLOATS];
static uint16_t seq;

static void say(const char *name, uint64_t ticks)
{
    char number[NUMBER_MAX + 2];
    uint32_t at = sizeof number;
    number[--at] = '\n';
    do {
        number[--at] = (char)('0' + ticks % 10u);
        ticks /= 10u;
    } while (ticks > 0);
    number[--at] = ' ';
    persona_port_write((const uint8_t *)name, (uint32_t)strlen(name));
    persona_port_write((const uint8_t *)number + at, (uint32_t)sizeof number - at);
}

/* Ticks from the first byte of a request to its reply, which must be OK. */
static uint64_t exchange(persona_device *device, uint8_t type, const uint8_t *payload, uint32_t size)
{
    uint8_t *const place = frame + PERSONA_SEAL_OFFSET(PAYLOAD);
    memcpy(place, payload, size);
    const uint32_t length = persona_frame_seal(frame, place, size, type, ++seq);
    const uint32_t refused = device->counters.value[PERSONA_REFUSED_EDITS];
    const uint64_t start = persona_port_ticks();
    uint32_t reply = 0;
    for (uint32_t i = 0; i < length; i++) {
        reply = persona_device_feed(device, frame[i]);
    }
    const uint64_t ticks = persona_port_ticks() - start;
    if (reply == 0 || device->counters.value[PERSONA_REFUSED_EDITS] != refused) {
        persona_port_panic("the device refused a step");
    }
    return ticks;
}

static void write_header(uint8_t header[PERSONA_EDIT_HEADER_BYTES])
{
    const persona_model *const model = &PERSONA_BUNDLE_MODEL;
    memset(bank, LEVEL, model->adaptive_floats);
    (void)persona_codec_decode(PERSONA_CODEC_INT8, bank, model->prototypes, model);
    memset(header, 0, PERSONA_EDIT_HEADER_BYTES);
    header[0] = PERSONA_EDIT_VERSION;
    header[1] = PERSONA_CODEC_INT8;
    persona_put_u32(header + 4, 1);
    memcpy(header + 8, model->base, PERSONA_FINGERPRINT_BYTES);
    memcpy(header + 16, model->layout, PERSONA_FINGERPRINT_BYTES);
    const uint64_t start = persona_port_ticks();
    persona_digest(header + 24, bank, sizeof bank);
    say("digest", persona_port_ticks() - start);
    persona_put_u32(header + 32, model->adaptive_floats);
}

static uint64_t write_payload(persona_device *device)
{
    uint8_t payload[4 + CHUNK];
    uint64_t ticks = 0;
    memset(payload, LEVEL, sizeof payload);
    for (uint32_t offset = 0; offset < PERSONA_BUNDLE_ADAPTIVE_FLOATS; offset += CHUNK) {
        const uint32_t left = PERSONA_BUNDLE_ADAPTIVE_FLOATS - offset;
        persona_put_u32(payload, offset);
        ticks += exchange(device, PERSONA_WRITE, payload, 4 + (left < CHUNK ? left : CHUNK));
    }
    return ticks;
}

void persona_run(void)
{
    uint8_t header[PERSONA_EDIT_HEADER_BYTES], replaces[PERSONA_DIGEST_BYTES];
    persona_device *device = NULL;
    const char *const wrong = persona_device_boot(&device);
    if (wrong != NULL) {
        persona_port_panic(wrong);
    }
    while (persona_port_read() < 0) {
        persona_port_wait();
    }
    write_header(header);
    say("begin", exchange(device, PERSONA_BEGIN, header, sizeof header));
    say("write", write_payload(device));
    say("verify", exchange(device, PERSONA_VERIFY, header, 0));
    memcpy(replaces, persona_bank_digest(&device->banks), sizeof replaces);
    say("commit", exchange(device, PERSONA_COMMIT, replaces, sizeof replaces));
    say("end", 0);
}
