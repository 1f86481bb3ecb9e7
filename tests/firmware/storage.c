/* storage.c: the journal and the key on a flash that fails, as storage.py sees them. */
#include "flash_model.h"
#include "journal.h"
#include "keystore.h"
#include "model.h"

#include <setjmp.h>
#include <string.h>

#define POWER_LOST (-1)

static jmp_buf out;
static persona_journal journal;
static persona_key key;
static persona_model model;

static void power_lost(void)
{
    longjmp(out, 1);
}

void storage_cut(uint32_t store, uint32_t kind, uint32_t seed)
{
    flash_model_cut(store, (flash_cut)kind, seed, power_lost);
}

/* Boot with the tiny model, its base fingerprint exclusive-or `base`: what was found, and the newest record. */
int storage_open(uint8_t base, float *bank, persona_entry *entry)
{
    if (setjmp(out) != 0) {
        return POWER_LOST;
    }
    model = tiny_model;
    model.base[0] = (uint8_t)(model.base[0] ^ base);
    return (int)persona_journal_open(&journal, flash_model(), &model, bank, entry);
}

int storage_open_nothing(float *bank, persona_entry *entry)
{
    return (int)persona_journal_open(&journal, NULL, &tiny_model, bank, entry);
}

int storage_dropped(void)
{
    return journal.dropped;
}

int storage_write(uint32_t counter, const float *bank)
{
    persona_entry entry = { .counter = counter, .prototype = 2, .codec = 1 };
    if (setjmp(out) != 0) {
        return POWER_LOST;
    }
    persona_digest(entry.digest, bank, tiny_model.adaptive_floats * (uint32_t)sizeof(float));
    return persona_journal_write(&journal, &entry, bank).code;
}

int storage_confirm(void)
{
    if (setjmp(out) != 0) {
        return POWER_LOST;
    }
    return persona_journal_confirm(&journal).code;
}

void storage_abandon(void)
{
    persona_journal_abandon(&journal);
}

/* The id and the key into `to`, 40 bytes; whether there are any. */
int storage_load_key(uint8_t *to)
{
    persona_keystore_load(&key, flash_model());
    memcpy(to, key.id, PERSONA_DEVICE_ID_BYTES);
    memcpy(to + PERSONA_DEVICE_ID_BYTES, key.key, PERSONA_KEY_BYTES);
    return key.present;
}

int storage_save_key(const uint8_t *from)
{
    if (setjmp(out) != 0) {
        return POWER_LOST;
    }
    return persona_keystore_save(&key, flash_model(), from, from + PERSONA_DEVICE_ID_BYTES).code;
}
