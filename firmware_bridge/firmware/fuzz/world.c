#include "world.h"

#include "bytes.h"
#include "port.h"
#include "requests.h"
#include "strict_flash.h"

#include <setjmp.h>
#include <string.h>

/* What the device is expected to be after a reset. */
typedef struct {
    uint8_t digest[PERSONA_DIGEST_BYTES];
    uint32_t counter;
} settled;

/* What must not change while nothing is accepted. */
typedef struct {
    persona_counters counters;
    persona_update update;
    uint8_t digest[PERSONA_DIGEST_BYTES];
    uint32_t generation;
} look;

static struct {
    persona_device *device;
    const persona_flash *flash;
    uint64_t milliseconds;
    uint16_t seq;
    bool has_key;
    settled confirmed;
    settled probation;
    jmp_buf power;
    bool powered;
    bool answered; /* the last frame that the device took is `request` */
    uint32_t request_bytes;
    uint8_t request[PERSONA_SEALED_BYTES(WORLD_MOST_PAYLOAD)];
    uint8_t reply[PERSONA_FRAME_BYTES(WORLD_MOST_PAYLOAD)];
    uint32_t line_bytes; /* of the reply as it went over the line */
    uint8_t line[PERSONA_SEALED_BYTES(WORLD_MOST_PAYLOAD)];
} world;

static const uint8_t provision[PERSONA_DEVICE_ID_BYTES + PERSONA_KEY_BYTES] =
    "deviceidthirty-two bytes of a secret key";

persona_device *world_device(void)
{
    return world.device;
}

const uint8_t *world_key(void)
{
    return world.has_key ? provision + PERSONA_DEVICE_ID_BYTES : NULL;
}

const uint8_t *world_reply(void)
{
    return world.reply + PERSONA_HEADER_BYTES;
}

static look look_at(void)
{
    look now = { 0 };
    now.counters = world.device->counters;
    now.update = world.device->update;
    now.generation = world.device->banks.generation;
    memcpy(now.digest, persona_bank_entry(&world.device->banks)->digest, PERSONA_DIGEST_BYTES);
    return now;
}

static uint32_t moved(const look *before, uint32_t first, uint32_t end)
{
    uint32_t sum = 0;
    for (uint32_t i = first; i < end; i++) {
        sum += world.device->counters.value[i] - before->counters.value[i];
    }
    return sum;
}

/* P10, P12: the active bank is whole, and the device knows what it holds. */
static void check_bank(void)
{
    uint8_t digest[PERSONA_DIGEST_BYTES];
    persona_digest(digest, persona_bank_active(&world.device->banks), WORLD_BANK_BYTES);
    CHECK("P10", memcmp(digest, persona_bank_entry(&world.device->banks)->digest, PERSONA_DIGEST_BYTES) == 0);
}

static settled settled_now(void)
{
    settled now = { .counter = world.device->update.counter };
    memcpy(now.digest, persona_bank_entry(&world.device->banks)->digest, PERSONA_DIGEST_BYTES);
    return now;
}

/* P16, P22: nothing but CONFIRM moves what a reset brings back. */
static void follow(const look *before)
{
    const look now = look_at();
    const bool ran_on = now.generation == before->generation;
    if (before->update.state == WORLD_PROBATION && now.update.state != WORLD_PROBATION && ran_on) {
        CHECK("P16", world.probation.counter > world.confirmed.counter);
        world.confirmed = world.probation;
    }
    if (now.update.state == WORLD_PROBATION) {
        world.probation = settled_now();
    }
    CHECK("P16", now.update.counter >= world.confirmed.counter);
}

/* P19: a delimiter ends one frame or none, and moves one counter or none. */
static void check_frame(const look *before, bool empty)
{
    const uint32_t frames = moved(before, PERSONA_RX_FRAMES, PERSONA_RX_FRAMES + 1);
    const uint32_t drops = moved(before, PERSONA_BAD_COBS, PERSONA_BAD_VERSION + 1);
    CHECK("P19", frames + drops == (empty ? 0u : 1u));
    if (frames == 0) {
        CHECK("P2", memcmp(&before->update, &world.device->update, sizeof before->update) == 0);
        CHECK("P2", before->generation == world.device->banks.generation);
    }
}

/* P5: a reply is one intact frame. P19: a refusal moves the one counter of its reason. */
static void check_reply(const look *before, uint32_t size)
{
    persona_counters counters = { 0 };
    persona_receiver receiver;
    persona_frame frame = { 0 };
    bool whole = false;
    CHECK("P3", size <= sizeof world.line);
    memcpy(world.line, persona_device_reply(world.device), size);
    world.line_bytes = size;
    persona_receiver_init(&receiver, world.reply, sizeof world.reply, &counters);
    for (uint32_t i = 0; i < size; i++) {
        CHECK("P5", !whole);
        whole = persona_receiver_feed(&receiver, world.line[i], &frame);
    }
    CHECK("P5", whole && frame.size > 0 && (frame.type & PERSONA_REPLY) != 0);
    if (moved(before, PERSONA_REPLAYED, PERSONA_REPLAYED + 1) == 0) {
        const uint32_t refused = moved(before, PERSONA_REFUSED, PERSONA_INFERENCES);
        CHECK("P19", refused == (frame.payload[0] == PERSONA_OK ? 0u : 1u));
        CHECK("P9", frame.payload[0] == PERSONA_OK || before->generation == world.device->banks.generation);
    }
}

static void take(uint8_t byte)
{
    const bool empty = world.device->receiver.raw == 0;
    if (byte != 0) {
        CHECK("P5", persona_device_feed(world.device, byte) == 0);
        return;
    }
    const look before = look_at();
    const uint32_t size = persona_device_feed(world.device, byte);
    check_frame(&before, empty);
    if (size > 0) {
        world.answered = false;
        check_reply(&before, size);
    }
    follow(&before);
    check_bank();
}

/* Also where the power goes again while the device recovers. */
static void boot(void)
{
    (void)setjmp(world.power);
    world.powered = true;
    world.answered = false;
    CHECK("P13", persona_device_boot(&world.device) == NULL);
    world.powered = false;
    check_bank();
}

static bool is_settled(const settled *expected)
{
    const settled now = settled_now();
    return now.counter == expected->counter && memcmp(now.digest, expected->digest, PERSONA_DIGEST_BYTES) == 0;
}

void world_reset(void)
{
    boot();
    CHECK("P22", is_settled(&world.confirmed));
    CHECK("P15", world.device->update.state == WORLD_IDLE);
}

/* A cut in the middle of CONFIRM leaves the old or the new one. */
static void boot_after_cut(void)
{
    boot();
    CHECK("P13", is_settled(&world.confirmed) || is_settled(&world.probation));
    world.confirmed = settled_now();
}

static void power_lost(void)
{
    CHECK("P13", world.powered);
    longjmp(world.power, 1);
}

void world_feed(const uint8_t *bytes, uint32_t size)
{
    if (setjmp(world.power) != 0) {
        boot_after_cut();
        return;
    }
    world.powered = true;
    for (uint32_t i = 0; i < size; i++) {
        take(bytes[i]);
    }
    world.powered = false;
}

void world_advance(uint32_t milliseconds)
{
    const look before = look_at();
    const persona_entry other = *persona_bank_other_entry(&world.device->banks);
    world.milliseconds += milliseconds;
    if (setjmp(world.power) != 0) {
        boot_after_cut();
        return;
    }
    world.powered = true;
    persona_device_poll(world.device);
    world.powered = false;
    CHECK("P21", world.device->banks.generation - before.generation <= 1);
    if (world.device->update.state == WORLD_IDLE && before.update.state == WORLD_PROBATION) {
        const uint8_t *const now = persona_bank_entry(&world.device->banks)->digest;
        CHECK("P15", memcmp(now, other.digest, PERSONA_DIGEST_BYTES) == 0);
    }
    check_bank();
}

uint8_t world_ask(uint8_t type, const uint8_t *payload, uint32_t size)
{
    uint8_t *const place = world.request + PERSONA_SEAL_OFFSET(WORLD_MOST_PAYLOAD);
    if (size > 0) {
        memcpy(place, payload, size);
    }
    world.request_bytes = persona_frame_seal(world.request, place, size, type, ++world.seq);
    world.line_bytes = 0;
    world_feed((const uint8_t *)"", 1); /* ends what may have come before */
    world_feed(world.request, world.request_bytes);
    world.answered = world.line_bytes > 0;
    return world.answered ? world_reply()[0] : UINT8_MAX;
}

void world_repeat(void)
{
    uint8_t line[sizeof world.line];
    const uint32_t size = world.line_bytes;
    const look before = look_at();
    if (!world.answered) {
        return;
    }
    memcpy(line, world.line, size);
    world_feed((const uint8_t *)"", 1);
    world_feed(world.request, world.request_bytes);
    CHECK("P6", size == world.line_bytes && memcmp(line, world.line, size) == 0);
    CHECK("P6", memcmp(&before.update, &world.device->update, sizeof before.update) == 0);
    CHECK("P6", before.generation == world.device->banks.generation);
}

void world_cut(uint32_t store)
{
    strict_flash_cut(store, power_lost);
}

void world_start(uint32_t word_bytes, bool with_key)
{
    world.flash = word_bytes > 0 ? strict_flash_start(word_bytes, NULL) : NULL;
    world.milliseconds = 0;
    world.seq = 0;
    world.has_key = false;
    world.line_bytes = 0;
    boot();
    world.confirmed = settled_now();
    world.probation = world.confirmed;
    if (with_key) {
        const uint8_t status = world_ask(PERSONA_PROVISION, provision, sizeof provision);
        CHECK("P17", status == (world.flash != NULL ? PERSONA_OK : PERSONA_NO_STORAGE));
        world.has_key = status == PERSONA_OK;
    }
}

int persona_port_read(void)
{
    return -1;
}

void persona_port_wait(void)
{
}

void persona_port_write(const uint8_t *bytes, uint32_t size)
{
    (void)bytes;
    (void)size;
}

uint64_t persona_port_ticks(void)
{
    return world.milliseconds;
}

uint32_t persona_port_ticks_per_second(void)
{
    return 1000;
}

const char *persona_port_name(void)
{
    return "fuzz";
}

const persona_flash *persona_port_flash(void)
{
    return world.flash;
}

void persona_port_watchdog(uint32_t seconds)
{
    (void)seconds;
}

void persona_port_panic(const char *why)
{
    CHECK("P3", why == NULL);
}
