/* bank.h: the two banks of adaptive parameters and the one pointer that says which of them inference reads.
 *
 * Inference takes persona_bank_active() once at its start and reads that bank to its end. A new set of parameters is
 * made in the other bank, while the active one is left alone, and comes into force by one aligned store of the pointer.
 * So an output is that of the old parameters or of the new ones, never of a mixture: requests are served between two
 * inferences.
 *
 * The other bank is `spare` while an edit is made in it; only a bank that is not spare may become active.
 */
#ifndef PERSONA_BANK_H
#define PERSONA_BANK_H

#include "digest.h"

typedef struct {
    float *floats[2];
    uint32_t count; /* floats in a bank */
    const float *volatile active;
    uint32_t generation; /* switches since boot */
    bool spare;          /* the other bank holds no complete parameters */
    uint8_t digest[2][PERSONA_DIGEST_BYTES];
} persona_banks;

/* Both banks start as copies of `factory`, `count` floats. */
void persona_bank_init(persona_banks *banks, float *first, float *second, const float *factory, uint32_t count);

const float *persona_bank_active(const persona_banks *banks);
uint8_t persona_bank_index(const persona_banks *banks);
const uint8_t *persona_bank_digest(const persona_banks *banks);

/* The bank that is not active, to make new parameters in. From now on it is spare. */
float *persona_bank_borrow(persona_banks *banks);

/* The other bank, and the digest noted for it: all zero while it is spare. */
const float *persona_bank_other(const persona_banks *banks);
const uint8_t *persona_bank_other_digest(const persona_banks *banks);

/* Make the other bank the active one; `digest` is its digest. What was active becomes the other bank. */
void persona_bank_switch(persona_banks *banks, const uint8_t digest[PERSONA_DIGEST_BYTES]);

#endif
