/* edit.c: what an edit of the whole bank costs on a device, in ticks of its port: with the codec int8, the same signed,
 * and with the codec latent (a model without its table leaves that out).
 *
 * Takes the place of run.c: the port's main() calls it. It writes one line of text for each step, "name ticks", and
 * "end". Frames are made beforehand, so a step is what the device does with the bytes of a request: receive, carry out,
 * reply.
 */
#include "blake2s.h"
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
static uint8_t body[PERSONA_BUNDLE_ADAPTIVE_FLOATS + PERSONA_MAC_BYTES];
static uint16_t seq;
static uint32_t counter;

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

static uint32_t refusals(const persona_device *device)
{
    uint32_t sum = 0;
    for (uint32_t i = PERSONA_REFUSED; i < PERSONA_INFERENCES; i++) {
        sum += device->counters.value[i];
    }
    return sum;
}

/* Ticks from the first byte of a request to its reply, which must be OK. */
static uint64_t exchange(persona_device *device, uint8_t type, const uint8_t *payload, uint32_t size)
{
    uint8_t *const place = frame + PERSONA_SEAL_OFFSET(PAYLOAD);
    memcpy(place, payload, size);
    const uint32_t length = persona_frame_seal(frame, place, size, type, ++seq);
    const uint32_t before = refusals(device);
    const uint64_t start = persona_port_ticks();
    uint32_t reply = 0;
    for (uint32_t i = 0; i < length; i++) {
        reply = persona_device_feed(device, frame[i]);
    }
    const uint64_t ticks = persona_port_ticks() - start;
    if (reply == 0 || refusals(device) != before) {
        persona_port_panic("the device refused a step");
    }
    return ticks;
}

/* An edit whose payload is `bytes` times LEVEL. */
static persona_edit edit_of(uint8_t codec, uint32_t bytes, uint8_t flags)
{
    const persona_model *const model = &PERSONA_BUNDLE_MODEL;
    persona_edit edit = { { PERSONA_EDIT_VERSION, codec, 0, flags } };
    memset(bank, LEVEL, bytes);
    (void)persona_codec_decode(codec, bank, bytes, model->prototypes, model);
    persona_put_u32(edit.header + 4, ++counter);
    memcpy(edit.header + 8, model->base, PERSONA_FINGERPRINT_BYTES);
    memcpy(edit.header + 16, model->layout, PERSONA_FINGERPRINT_BYTES);
    persona_digest(edit.header + 24, bank, sizeof bank);
    persona_put_u32(edit.header + 32, bytes);
    return edit;
}

/* The bytes behind the header: the payload, and the MAC with a key of zeros. */
static uint32_t write_body(const persona_edit *edit)
{
    static const uint8_t key[PERSONA_KEY_BYTES];
    const uint32_t bytes = persona_edit_payload_bytes(edit);
    persona_blake2s hash;
    memset(body, LEVEL, bytes);
    persona_blake2s_init(&hash, PERSONA_MAC_BYTES, key, sizeof key);
    persona_blake2s_update(&hash, edit->header, sizeof edit->header);
    persona_blake2s_update(&hash, body, bytes);
    persona_blake2s_final(&hash, body + bytes);
    return persona_edit_body_bytes(edit);
}

static uint64_t send_body(persona_device *device, uint32_t size)
{
    uint8_t payload[4 + CHUNK];
    uint64_t ticks = 0;
    for (uint32_t offset = 0; offset < size; offset += CHUNK) {
        const uint32_t part = size - offset < CHUNK ? size - offset : CHUNK;
        persona_put_u32(payload, offset);
        memcpy(payload + 4, body + offset, part);
        ticks += exchange(device, PERSONA_WRITE, payload, 4 + part);
    }
    return ticks;
}

/* Write the ticks of each step of one edit. */
static void measure(persona_device *device, const char *const names[4], uint8_t codec, uint32_t bytes, uint8_t flags)
{
    const persona_edit edit = edit_of(codec, bytes, flags);
    const uint32_t size = write_body(&edit);
    uint8_t replaces[PERSONA_DIGEST_BYTES];
    memcpy(replaces, persona_bank_entry(&device->banks)->digest, sizeof replaces);
    say(names[0], exchange(device, PERSONA_BEGIN, edit.header, sizeof edit.header));
    say(names[1], send_body(device, size));
    say(names[2], exchange(device, PERSONA_VERIFY, replaces, 0));
    say(names[3], exchange(device, PERSONA_APPLY, replaces, sizeof replaces));
}

void persona_run(void)
{
    static const char *const plain[4] = { "begin", "write", "verify", "apply" };
    static const char *const is_signed[4] = { "signed_begin", "signed_write", "signed_verify", "signed_apply" };
    static const char *const latent[4] = { "latent_begin", "latent_write", "latent_verify", "latent_apply" };
    persona_device *device = NULL;
    const char *const wrong = persona_device_boot(&device);
    if (wrong != NULL) {
        persona_port_panic(wrong);
    }
    while (persona_port_read() < 0) {
        persona_port_wait();
    }
    const uint64_t start = persona_port_ticks();
    persona_digest(body, bank, sizeof bank);
    say("digest", persona_port_ticks() - start);
    memset(&device->key, 0, sizeof device->key);
    device->key.present = true;
    measure(device, plain, PERSONA_CODEC_INT8, PERSONA_BUNDLE_ADAPTIVE_FLOATS, 0);
    measure(device, is_signed, PERSONA_CODEC_INT8, PERSONA_BUNDLE_ADAPTIVE_FLOATS, PERSONA_FLAG_SIGNED);
    if (device->model->code_bytes > 0) {
        measure(device, latent, PERSONA_CODEC_LATENT, device->model->code_bytes, 0);
    }
    say("end", 0);
}
