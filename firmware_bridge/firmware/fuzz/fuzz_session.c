/* fuzz_session.c: a life of a device: bytes of its line, requests, edits, time, resets and power cuts in any order.
 *
 * What world.h checks after each step (P2, P3, P5, P6, P9, P10, P14, P15, P16, P19, P21, P22), and: P1 and P13, at the
 * end the device takes an edit; P12, an output is that of the active bank.
 *
 * Input: u8 what the device is made of, then steps: u8 which, and what it needs.
 */
#include "input.h"
#include "proposal.h"
#include "requests.h"

#include <string.h>

#define MOST_BYTES 255u
#define OUTPUT_AT 14u
#define WITH_INPUT 2u

enum { STEP_BYTES, STEP_REQUEST, STEP_REPEAT, STEP_EDIT, STEP_NEXT, STEP_TIME, STEP_RESET, STEP_CUT, STEPS };
enum { NEXT_VERIFY, NEXT_TRY, NEXT_APPLY, NEXT_COMMIT, NEXT_CONFIRM, NEXT_DROP, NEXT_BACK, NEXT_INFER, NEXTS };

static void send_bytes(fuzz_input *input)
{
    uint8_t bytes[MOST_BYTES];
    const uint32_t wanted = fuzz_u8(input);
    const uint32_t size = fuzz_take(input, bytes, wanted);
    world_feed(bytes, size);
}

static void send_request(fuzz_input *input)
{
    uint8_t payload[MOST_BYTES];
    const uint8_t type = fuzz_u8(input);
    const uint32_t wanted = fuzz_u8(input);
    const uint32_t size = fuzz_take(input, payload, wanted);
    (void)world_ask(type, payload, size);
}

static void send_edit(fuzz_input *input)
{
    proposal edit = { .payload = 0 };
    const uint8_t codec = fuzz_u8(input) & 7u;
    const uint8_t prototype = fuzz_u8(input) & 3u;
    const uint8_t flags = fuzz_u8(input) & 3u;
    const uint32_t wanted = fuzz_u8(input) % (WORLD_BANK_BYTES + 1u);
    (void)fuzz_take(input, edit.bytes + PROPOSAL_HEADER, wanted);
    edit.payload = wanted;
    proposal_finish(&edit, codec, prototype, flags);
    (void)proposal_send(&edit);
}

/* P12. */
static void infer(void)
{
    static uint8_t arena[PERSONA_BUNDLE_ARENA_BYTES] __attribute__((aligned(PERSONA_ARENA_ALIGN)));
    const persona_model *const model = WORLD_MODEL;
    uint8_t payload[1 + PERSONA_BUNDLE_INPUT_BYTES];
    memset(payload, 3, sizeof payload);
    payload[0] = WITH_INPUT;
    if (world_ask(PERSONA_INFER, payload, sizeof payload) == PERSONA_OK) {
        memcpy(arena + model->inputs[0].offset, payload + 1, PERSONA_BUNDLE_INPUT_BYTES);
        model->invoke(arena, persona_bank_active(&world_device()->banks), NULL, NULL);
        CHECK("P12", memcmp(world_reply() + OUTPUT_AT, arena + model->outputs[0].offset, model->outputs[0].bytes) == 0);
    }
}

static void revert(uint8_t what, const uint8_t *digest)
{
    uint8_t payload[1 + PERSONA_DIGEST_BYTES];
    payload[0] = what;
    memcpy(payload + 1, digest, PERSONA_DIGEST_BYTES);
    (void)world_ask(PERSONA_REVERT, payload, sizeof payload);
}

static void commit(const uint8_t *active, uint8_t seconds)
{
    uint8_t payload[PERSONA_DIGEST_BYTES + 2] = { 0 };
    memcpy(payload, active, PERSONA_DIGEST_BYTES);
    payload[PERSONA_DIGEST_BYTES] = seconds;
    (void)world_ask(PERSONA_COMMIT, payload, sizeof payload);
}

/* The next request of a host that means well. */
static void go_on(fuzz_input *input)
{
    const persona_banks *const banks = &world_device()->banks;
    const uint8_t *const active = persona_bank_entry(banks)->digest;
    const uint8_t none[2] = { 0 };
    switch (fuzz_u8(input) % NEXTS) {
    case NEXT_VERIFY:
        (void)world_ask(PERSONA_VERIFY, NULL, 0);
        break;
    case NEXT_TRY:
        (void)world_ask(PERSONA_TRY, none, sizeof none);
        break;
    case NEXT_APPLY:
        (void)world_ask(PERSONA_APPLY, active, PERSONA_DIGEST_BYTES);
        break;
    case NEXT_COMMIT:
        commit(active, fuzz_u8(input));
        break;
    case NEXT_CONFIRM:
        (void)world_ask(PERSONA_CONFIRM, active, PERSONA_DIGEST_BYTES);
        break;
    case NEXT_DROP:
        revert(0, active);
        break;
    case NEXT_BACK:
        revert(1, persona_bank_other_entry(banks)->digest);
        break;
    default:
        infer();
        break;
    }
}

static void step(fuzz_input *input)
{
    switch (fuzz_u8(input) % STEPS) {
    case STEP_BYTES:
        send_bytes(input);
        break;
    case STEP_REQUEST:
        send_request(input);
        break;
    case STEP_REPEAT:
        world_repeat();
        break;
    case STEP_EDIT:
        send_edit(input);
        break;
    case STEP_NEXT:
        go_on(input);
        break;
    case STEP_TIME: {
        const uint32_t time = fuzz_u8(input);
        world_advance(time * time * 10u);
        break;
    }
    case STEP_RESET:
        world_reset();
        break;
    default:
        world_cut(fuzz_u8(input));
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input = { data, size };
    const uint8_t made_of = fuzz_u8(&input);
    world_start((made_of & 1u) != 0 ? 4u << (made_of >> 1 & 3u) : 0, (made_of & 8u) != 0);
    while (input.left > 0) {
        step(&input);
    }
    world_takes_an_edit();
    return 0;
}
