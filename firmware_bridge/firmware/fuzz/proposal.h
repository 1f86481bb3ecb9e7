/* proposal.h: an edit as a host makes it, right in every field, for the fuzzer to spoil and to send. */
#ifndef PERSONA_FUZZ_PROPOSAL_H
#define PERSONA_FUZZ_PROPOSAL_H

#include "world.h"

#define PROPOSAL_HEADER 36u
#define PROPOSAL_MAC 16u

typedef struct {
    uint32_t payload; /* bytes of it */
    uint32_t size;    /* header, payload and MAC */
    uint8_t bytes[PROPOSAL_HEADER + WORLD_BANK_BYTES + PROPOSAL_MAC];
} proposal;

enum { PROPOSAL_SIGNED = 1, PROPOSAL_DURABLE = 2 };

/* An edit whose payload is already in `bytes`, `payload` long: fills the header around it. Where the payload cannot be
 * decoded, the digest is that of zeros. */
void proposal_finish(proposal *edit, uint8_t codec, uint8_t prototype, uint8_t flags);

/* Sign what the bytes say now, if the device has a key. */
void proposal_sign(proposal *edit);

/* BEGIN with the first bytes and WRITE with the rest; the status of the last reply. */
uint8_t proposal_send(const proposal *edit);

#endif
