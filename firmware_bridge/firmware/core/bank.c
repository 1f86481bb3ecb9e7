#include "bank.h"

#include <string.h>

void persona_bank_init(persona_banks *banks, float *first, float *second, const float *factory, uint32_t count)
{
    const uint32_t bytes = count * (uint32_t)sizeof(float);
    memset(banks, 0, sizeof *banks);
    banks->floats[0] = first;
    banks->floats[1] = second;
    banks->count = count;
    banks->active = first;
    if (bytes > 0) {
        memcpy(first, factory, bytes);
        memcpy(second, factory, bytes);
    }
    persona_digest(banks->digest[0], first, bytes);
    memcpy(banks->digest[1], banks->digest[0], PERSONA_DIGEST_BYTES);
}

const float *persona_bank_active(const persona_banks *banks)
{
    return banks->active;
}

uint8_t persona_bank_index(const persona_banks *banks)
{
    return banks->active == banks->floats[1];
}

const uint8_t *persona_bank_digest(const persona_banks *banks)
{
    return banks->digest[persona_bank_index(banks)];
}

float *persona_bank_borrow(persona_banks *banks)
{
    const uint8_t other = persona_bank_index(banks) ^ 1u;
    banks->spare = true;
    memset(banks->digest[other], 0, PERSONA_DIGEST_BYTES);
    return banks->floats[other];
}

const float *persona_bank_other(const persona_banks *banks)
{
    return banks->floats[persona_bank_index(banks) ^ 1u];
}

const uint8_t *persona_bank_other_digest(const persona_banks *banks)
{
    return banks->digest[persona_bank_index(banks) ^ 1u];
}

void persona_bank_switch(persona_banks *banks, const uint8_t digest[PERSONA_DIGEST_BYTES])
{
    const uint8_t other = persona_bank_index(banks) ^ 1u;
    memmove(banks->digest[other], digest, PERSONA_DIGEST_BYTES);
    banks->spare = false;
    banks->active = banks->floats[other];
    banks->generation++;
}
