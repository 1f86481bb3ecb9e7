/* bank.h: the two banks of adaptive parameters and the one pointer that says which of them inference reads.
 *
 * Inference takes persona_bank_active() once at its start and reads that bank to its end. A new set of parameters is
 * made in the other bank, while the active one is left alone, and comes into force by one aligned store of the pointer.
 * So an output is that of the old parameters or of the new ones, never of a mixture: requests are served between two
 * inferences.
 *
 * Each bank has an entry that says which edit made it. The other bank is `spare` while an edit is made in it; only a
 * bank that is not spare may become active.
 */
#ifndef PERSONA_BANK_H
#define PERSONA_BANK_H

#include "journal.h"

typedef struct {
    float *floats[2];
    const float *volatile active;
    bool spare;             /* the other bank holds no complete parameters */
    uint32_t count;         /* floats in a bank */
    uint32_t generation;    /* switches since boot */
    persona_entry entry[2]; /* the digest of the other bank is all zero while it is spare */
} persona_banks;

/* Both banks start as copies of `factory`, `count` floats; their entries have counter, prototype and codec 0. */
void persona_bank_init(persona_banks *banks, float *first, float *second, const float *factory, uint32_t count);

const float *persona_bank_active(const persona_banks *banks);
uint8_t persona_bank_index(const persona_banks *banks);
const persona_entry *persona_bank_entry(const persona_banks *banks);

/* The bank that is not active, to make new parameters in. From now on it is spare. */
float *persona_bank_borrow(persona_banks *banks);

/* The other bank holds complete parameters again, made by `entry`. */
void persona_bank_return(persona_banks *banks, const persona_entry *entry);

const float *persona_bank_other(const persona_banks *banks);
const persona_entry *persona_bank_other_entry(const persona_banks *banks);

/* Make the other bank, which is not spare, the active one. What was active becomes the other bank. */
void persona_bank_switch(persona_banks *banks);

#endif
