/* refusal.h: why a request was not carried out. Every reply begins with one of these codes (docs/protocol.md,
 * "Replies"); any but PERSONA_OK is followed by the two numbers, whose meaning depends on the code. */
#ifndef PERSONA_REFUSAL_H
#define PERSONA_REFUSAL_H

#include <stdint.h>

enum {
    PERSONA_OK = 0,
    PERSONA_UNKNOWN_TYPE = 1,
    PERSONA_BAD_LENGTH = 2,
    PERSONA_BAD_STATE = 3,
    PERSONA_BAD_OFFSET = 4,
    PERSONA_BAD_REGION = 5,
    PERSONA_INPUT_INCOMPLETE = 6,
    PERSONA_EDIT_VERSION_MISMATCH = 16,
    PERSONA_BASE_MISMATCH = 17,
    PERSONA_LAYOUT_MISMATCH = 18,
    PERSONA_BAD_PROTOTYPE = 19,
    PERSONA_BAD_CODEC = 20,
    PERSONA_BAD_PAYLOAD_LENGTH = 21,
    PERSONA_STALE_COUNTER = 22,
    PERSONA_EDIT_INCOMPLETE = 23,
    PERSONA_NOT_FINITE = 24,
    PERSONA_OUT_OF_BOUNDS = 25,
    PERSONA_DIGEST_MISMATCH = 26,
    PERSONA_STALE_BANK = 27,
    PERSONA_NOTHING_TO_REVERT = 28,
    PERSONA_BAD_FLAGS = 29,
    PERSONA_BAD_MAC = 30,
    PERSONA_NO_KEY = 31,
    PERSONA_UNSIGNED = 32,
    PERSONA_TRIAL_FAILED = 33,
    PERSONA_THROTTLED = 34,
    PERSONA_NO_STORAGE = 35,
    PERSONA_STORAGE_FAILED = 36,
    PERSONA_PROVISIONED = 37,
    PERSONA_BAD_PAYLOAD = 38,
    PERSONA_WRONG_VERB = 39,
    PERSONA_REFUSALS_END
};

typedef struct {
    uint8_t code;
    uint32_t expected;
    uint32_t received;
} persona_refusal;

static inline persona_refusal persona_ok(void)
{
    return (persona_refusal){ PERSONA_OK, 0, 0 };
}

static inline persona_refusal persona_refuse(uint8_t code, uint32_t expected, uint32_t received)
{
    return (persona_refusal){ code, expected, received };
}

#endif
