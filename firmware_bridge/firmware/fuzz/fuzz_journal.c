/* fuzz_journal.c: any flash image is opened; then an edit is stored, confirmed and found again.
 *
 * P13: whatever the flash holds, there is a complete bank and the next edit is taken. P14: a record that is not whole
 * and confirmed counts as none. P16: what was confirmed last is what comes back.
 *
 * Input: u8 size of a word, u8 how to help, the image from its second sector on. Help makes headers that an image
 * found by chance would never have.
 */
#include "blake2s.h"
#include "bytes.h"
#include "check.h"
#include "input.h"
#include "journal.h"
#include "persona_bundle.h"
#include "strict_flash.h"

#define FLOATS PERSONA_BUNDLE_ADAPTIVE_FLOATS
#define BANK_BYTES (FLOATS * 4u)
#define HEADER_BYTES 64u
#define DIGEST_AT 48u
#define DIGEST_SIZE 16u
#define CONFIRMED 0x5A

enum { HELP_MAGIC = 1, HELP_FINGERPRINTS = 2, HELP_DIGEST = 4, HELP_CONFIRM = 8 };

static uint32_t round_up(uint32_t size, uint32_t word)
{
    return (size + word - 1) & ~(word - 1);
}

static void record_digest(uint8_t digest[DIGEST_SIZE], const uint8_t *record)
{
    persona_blake2s hash;
    persona_blake2s_init(&hash, DIGEST_SIZE, NULL, 0);
    persona_blake2s_update(&hash, record, DIGEST_AT);
    persona_blake2s_update(&hash, record + HEADER_BYTES, BANK_BYTES);
    persona_blake2s_final(&hash, digest);
}

static void help(uint8_t *record, uint8_t how, uint32_t word)
{
    const persona_model *const model = &PERSONA_BUNDLE_MODEL;
    if (how & HELP_MAGIC) {
        memcpy(record, "PJ\1\0", 4);
    }
    if (how & HELP_FINGERPRINTS) {
        memcpy(record + 16, model->base, PERSONA_FINGERPRINT_BYTES);
        memcpy(record + 24, model->layout, PERSONA_FINGERPRINT_BYTES);
        persona_digest(record + 32, record + HEADER_BYTES, BANK_BYTES);
    }
    if (how & HELP_DIGEST) {
        record_digest(record + DIGEST_AT, record);
    }
    if (how & HELP_CONFIRM) {
        memset(record + round_up(HEADER_BYTES + BANK_BYTES, word), CONFIRMED, 2 * word);
    }
}

/* P14: only a record that is whole and confirmed is brought back. */
static void check_found(const persona_journal *journal, const persona_entry *entry, const float *bank, uint32_t word)
{
    uint8_t digest[DIGEST_SIZE];
    CHECK("P14", journal->good < 2);
    const uint8_t *const record = strict_flash_bytes + (1u + journal->good) * STRICT_FLASH_SECTOR;
    const uint8_t *const words = record + round_up(HEADER_BYTES + BANK_BYTES, word);
    record_digest(digest, record);
    CHECK("P14", memcmp(digest, record + DIGEST_AT, DIGEST_SIZE) == 0);
    CHECK("P14", memcmp(bank, record + HEADER_BYTES, BANK_BYTES) == 0);
    CHECK("P16", entry->counter == persona_get_u32(record + 8));
    for (uint32_t i = 0; i < 2 * word; i++) {
        CHECK("P14", words[i] == CONFIRMED);
    }
}

static void check_next_edit(persona_journal *journal, const persona_flash *flash)
{
    const persona_model *const model = &PERSONA_BUNDLE_MODEL;
    const float *const bank = model->prototypes + FLOATS;
    persona_entry wanted = { .counter = 0x01020304, .prototype = 1, .codec = 0 }, entry = { 0 };
    float found[FLOATS];
    persona_journal again;
    persona_digest(wanted.digest, bank, BANK_BYTES);
    CHECK("P13", persona_journal_write(journal, &wanted, bank).code == PERSONA_OK);
    CHECK("P13", persona_journal_confirm(journal).code == PERSONA_OK);
    CHECK("P13", persona_journal_open(&again, flash, model, found, &entry) == PERSONA_JOURNAL_RESTORED);
    CHECK("P16", entry.counter == wanted.counter && entry.prototype == wanted.prototype);
    CHECK("P13", memcmp(found, bank, BANK_BYTES) == 0 && memcmp(entry.digest, wanted.digest, 8) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t image[STRICT_FLASH_BYTES];
    fuzz_input input = { data, size };
    const uint32_t word = 4u << (fuzz_u8(&input) & 3u);
    const uint8_t how = fuzz_u8(&input);
    float bank[FLOATS];
    persona_entry entry = { 0 };
    persona_journal journal;
    memset(image, PERSONA_FLASH_ERASED, sizeof image);
    (void)fuzz_take(&input, image + STRICT_FLASH_SECTOR, sizeof image - STRICT_FLASH_SECTOR);
    help(image + STRICT_FLASH_SECTOR, how & 15u, word);
    help(image + 2 * STRICT_FLASH_SECTOR, how >> 4, word);
    const persona_flash *const flash = strict_flash_start(word, image);
    if (persona_journal_open(&journal, flash, &PERSONA_BUNDLE_MODEL, bank, &entry) == PERSONA_JOURNAL_RESTORED) {
        check_found(&journal, &entry, bank, word);
    } else {
        CHECK("P13", memcmp(bank, PERSONA_BUNDLE_MODEL.prototypes, BANK_BYTES) == 0);
    }
    check_next_edit(&journal, flash);
    return 0;
}
