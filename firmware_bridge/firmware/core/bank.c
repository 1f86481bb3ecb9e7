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
    persona_digest(banks->entry[0].digest, first, bytes);
    banks->entry[1] = banks->entry[0];
}

const float *persona_bank_active(const persona_banks *banks)
{
    return banks->active;
}

uint8_t persona_bank_index(const persona_banks *banks)
{
    return banks->active == banks->floats[1];
}

static uint8_t other_index(const persona_banks *banks)
{
    return banks->active != banks->floats[1];
}

const persona_entry *persona_bank_entry(const persona_banks *banks)
{
    return &banks->entry[persona_bank_index(banks)];
}

float *persona_bank_borrow(persona_banks *banks)
{
    banks->spare = true;
    memset(banks->entry[other_index(banks)].digest, 0, PERSONA_DIGEST_BYTES);
    return banks->floats[other_index(banks)];
}

void persona_bank_return(persona_banks *banks, const persona_entry *entry)
{
    banks->spare = false;
    banks->entry[other_index(banks)] = *entry;
}

const float *persona_bank_other(const persona_banks *banks)
{
    return banks->floats[other_index(banks)];
}

const persona_entry *persona_bank_other_entry(const persona_banks *banks)
{
    return &banks->entry[other_index(banks)];
}

void persona_bank_switch(persona_banks *banks)
{
    banks->active = banks->floats[other_index(banks)];
    banks->generation++;
}
