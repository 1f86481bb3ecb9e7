#include "journal.h"

#include "blake2s.h"
#include "bytes.h"

#include <string.h>

#define SLOTS 2u
#define MAGIC (0x00004a50u | ((uint32_t)PERSONA_JOURNAL_VERSION << 16))
#define HEADER_BYTES 64u
#define BASE_AT 16u
#define LAYOUT_AT 24u
#define BANK_DIGEST_AT 32u
#define DIGEST_AT 48u
#define DIGEST_BYTES (HEADER_BYTES - DIGEST_AT)
#define CONFIRMED 0x5Au /* half of the bits programmed, half not */

static uint32_t bank_bytes(const persona_journal *journal)
{
    return journal->model->adaptive_floats * (uint32_t)sizeof(float);
}

/* Where the first confirm word lies in a slot. */
static uint32_t confirm_offset(const persona_journal *journal)
{
    const uint32_t word = journal->flash->word_bytes;
    return (HEADER_BYTES + bank_bytes(journal) + word - 1) & ~(word - 1);
}

static uint32_t slot_sectors(const persona_journal *journal)
{
    const uint32_t bytes = confirm_offset(journal) + 2 * journal->flash->word_bytes;
    return (bytes + journal->flash->sector_bytes - 1) / journal->flash->sector_bytes;
}

static uint32_t slot_offset(const persona_journal *journal, uint32_t slot)
{
    return (1 + slot * slot_sectors(journal)) * journal->flash->sector_bytes;
}

static persona_refusal storage_failed(const persona_journal *journal, uint32_t slot)
{
    return persona_refuse(PERSONA_STORAGE_FAILED, slot_offset(journal, slot), 0);
}

static void hash_start(persona_blake2s *hash, const uint8_t header[HEADER_BYTES])
{
    persona_blake2s_init(hash, DIGEST_BYTES, NULL, 0);
    persona_blake2s_update(hash, header, DIGEST_AT);
}

/* Read the record of `slot`: its header into `header`, its bank into `bank` unless that is NULL. Returns whether it is
 * whole. */
static bool read_record(const persona_journal *journal, uint32_t slot, uint8_t header[HEADER_BYTES], float *bank)
{
    const persona_flash *const flash = journal->flash;
    const uint32_t bytes = bank_bytes(journal);
    const uint32_t offset = slot_offset(journal, slot);
    uint8_t piece[PERSONA_BLAKE2S_BLOCK];
    persona_blake2s hash;
    bool whole = flash->read(flash, offset, header, HEADER_BYTES);
    hash_start(&hash, header);
    for (uint32_t done = 0, size; whole && done < bytes; done += size) {
        uint8_t *const to = bank != NULL ? (uint8_t *)bank + done : piece;
        size = bytes - done < sizeof piece ? bytes - done : (uint32_t)sizeof piece;
        whole = flash->read(flash, offset + HEADER_BYTES + done, to, size);
        persona_blake2s_update(&hash, to, size);
    }
    persona_blake2s_final(&hash, piece);
    return whole && memcmp(piece, header + DIGEST_AT, DIGEST_BYTES) == 0;
}

static bool is_record(const uint8_t header[HEADER_BYTES])
{
    return persona_get_u32(header) == MAGIC;
}

static bool is_of_model(const persona_journal *journal, const uint8_t header[HEADER_BYTES])
{
    return memcmp(header + BASE_AT, journal->model->base, PERSONA_FINGERPRINT_BYTES) == 0 &&
           memcmp(header + LAYOUT_AT, journal->model->layout, PERSONA_FINGERPRINT_BYTES) == 0;
}

static bool is_confirmed(const persona_journal *journal, uint32_t slot)
{
    const uint32_t word = journal->flash->word_bytes;
    const uint32_t offset = slot_offset(journal, slot) + confirm_offset(journal);
    return persona_flash_filled(journal->flash, offset, word, CONFIRMED) &&
           persona_flash_filled(journal->flash, offset + word, word, CONFIRMED);
}

/* Whether `slot` holds a record that counts, and its sequence; one that is in doubt is erased. */
static bool settle(persona_journal *journal, uint32_t slot, uint32_t *sequence)
{
    uint8_t header[HEADER_BYTES] = { 0 };
    const uint32_t offset = slot_offset(journal, slot);
    const bool whole = read_record(journal, slot, header, NULL);
    *sequence = persona_get_u32(header + 4);
    if (is_record(header) && !is_of_model(journal, header)) {
        return false;
    }
    if (whole && is_record(header) && is_confirmed(journal, slot)) {
        return true;
    }
    if (!persona_flash_blank(journal->flash, offset, slot_sectors(journal))) {
        journal->dropped |= is_record(header);
        (void)persona_flash_wipe(journal->flash, offset, slot_sectors(journal));
    }
    return false;
}

/* The second reading of the record, now to stay. */
static bool restore(persona_journal *journal, uint32_t slot, float *bank, persona_entry *entry)
{
    uint8_t header[HEADER_BYTES];
    if (!read_record(journal, slot, header, bank)) {
        return false;
    }
    journal->good = (uint8_t)slot;
    journal->sequence = persona_get_u32(header + 4);
    entry->counter = persona_get_u32(header + 8);
    entry->prototype = header[12];
    entry->codec = header[13];
    memcpy(entry->digest, header + BANK_DIGEST_AT, PERSONA_DIGEST_BYTES);
    return true;
}

static bool has_room(const persona_journal *journal)
{
    return journal->model->adaptive_floats > 0 && 1 + SLOTS * slot_sectors(journal) <= journal->flash->sectors;
}

persona_found persona_journal_open(persona_journal *journal, const persona_flash *flash, const persona_model *model,
                                   float *bank, persona_entry *entry)
{
    memset(journal, 0, sizeof *journal);
    journal->model = model;
    journal->good = PERSONA_JOURNAL_NO_SLOT;
    journal->pending = PERSONA_JOURNAL_NO_SLOT;
    journal->flash = flash;
    if (!persona_flash_usable(flash) || !has_room(journal)) {
        journal->flash = NULL;
        return PERSONA_JOURNAL_EMPTY;
    }
    uint32_t sequences[SLOTS];
    bool counts[SLOTS] = { settle(journal, 0, &sequences[0]), settle(journal, 1, &sequences[1]) };
    while (counts[0] || counts[1]) {
        /* A sequence starts over behind the largest number, so what counts is which one is ahead. */
        const bool second_ahead = sequences[1] - sequences[0] <= INT32_MAX;
        const uint32_t newest = counts[1] && (second_ahead || !counts[0]);
        if (restore(journal, newest, bank, entry)) {
            return PERSONA_JOURNAL_RESTORED;
        }
        (void)persona_flash_wipe(flash, slot_offset(journal, newest), slot_sectors(journal));
        counts[newest] = false;
    }
    memcpy(bank, model->prototypes, bank_bytes(journal));
    return PERSONA_JOURNAL_EMPTY;
}

/* The header of the next record. */
static void seal(const persona_journal *journal, const persona_entry *entry, const float *bank,
                 uint8_t header[HEADER_BYTES])
{
    persona_blake2s hash;
    memset(header, 0, HEADER_BYTES);
    persona_put_u32(header, MAGIC);
    persona_put_u32(header + 4, journal->sequence + 1);
    persona_put_u32(header + 8, entry->counter);
    header[12] = entry->prototype;
    header[13] = entry->codec;
    memcpy(header + BASE_AT, journal->model->base, PERSONA_FINGERPRINT_BYTES);
    memcpy(header + LAYOUT_AT, journal->model->layout, PERSONA_FINGERPRINT_BYTES);
    memcpy(header + BANK_DIGEST_AT, entry->digest, PERSONA_DIGEST_BYTES);
    persona_put_u32(header + 40, bank_bytes(journal));
    hash_start(&hash, header);
    persona_blake2s_update(&hash, bank, bank_bytes(journal));
    persona_blake2s_final(&hash, header + DIGEST_AT);
}

static bool program(const persona_journal *journal, uint32_t offset, const uint8_t header[HEADER_BYTES],
                    const float *bank)
{
    const persona_flash *const flash = journal->flash;
    const uint32_t rest = bank_bytes(journal) & (flash->word_bytes - 1);
    const uint32_t whole = bank_bytes(journal) - rest;
    uint8_t last[PERSONA_FLASH_WORD_MOST];
    memset(last, PERSONA_FLASH_ERASED, sizeof last);
    memcpy(last, (const uint8_t *)bank + whole, rest);
    return flash->program(flash, offset, header, HEADER_BYTES) &&
           flash->program(flash, offset + HEADER_BYTES, bank, whole) &&
           (rest == 0 || flash->program(flash, offset + HEADER_BYTES + whole, last, flash->word_bytes)) &&
           flash->sync(flash);
}

/* Whether `slot` reads as the record with this header. */
static bool reads_as(const persona_journal *journal, uint32_t slot, const uint8_t header[HEADER_BYTES])
{
    uint8_t found[HEADER_BYTES];
    return read_record(journal, slot, found, NULL) && memcmp(found, header, HEADER_BYTES) == 0;
}

persona_refusal persona_journal_write(persona_journal *journal, const persona_entry *entry, const float *bank)
{
    uint8_t header[HEADER_BYTES];
    if (journal->flash == NULL) {
        return persona_refuse(PERSONA_NO_STORAGE, 0, 0);
    }
    const uint8_t slot = journal->good == 0;
    const uint32_t offset = slot_offset(journal, slot);
    journal->pending = PERSONA_JOURNAL_NO_SLOT;
    seal(journal, entry, bank, header);
    for (uint32_t attempt = 0; attempt < 2; attempt++) {
        if (persona_flash_wipe(journal->flash, offset, slot_sectors(journal)) &&
            program(journal, offset, header, bank) && reads_as(journal, slot, header) &&
            reads_as(journal, slot, header)) {
            journal->pending = slot;
            return persona_ok();
        }
    }
    return storage_failed(journal, slot);
}

/* A word that still reads as erased may be programmed once more. */
static bool confirm_word(const persona_flash *flash, uint32_t offset)
{
    uint8_t word[PERSONA_FLASH_WORD_MOST];
    bool blank = true;
    memset(word, CONFIRMED, sizeof word);
    for (uint32_t attempt = 0; blank && attempt < 2; attempt++) {
        if (flash->program(flash, offset, word, flash->word_bytes) && flash->sync(flash) &&
            persona_flash_filled(flash, offset, flash->word_bytes, CONFIRMED)) {
            return true;
        }
        blank = persona_flash_filled(flash, offset, flash->word_bytes, PERSONA_FLASH_ERASED);
    }
    return false;
}

persona_refusal persona_journal_confirm(persona_journal *journal)
{
    const persona_flash *const flash = journal->flash;
    const uint8_t slot = journal->pending;
    if (flash == NULL) {
        return persona_refuse(PERSONA_NO_STORAGE, 0, 0);
    }
    persona_journal_abandon(journal);
    if (slot == PERSONA_JOURNAL_NO_SLOT) {
        return persona_refuse(PERSONA_STORAGE_FAILED, 0, 0);
    }
    const uint32_t offset = slot_offset(journal, slot) + confirm_offset(journal);
    if (!confirm_word(flash, offset) || !confirm_word(flash, offset + flash->word_bytes)) {
        /* What was refused must not come true when a doubtful word reads as whole at a later boot. */
        (void)persona_flash_wipe(flash, slot_offset(journal, slot), slot_sectors(journal));
        return storage_failed(journal, slot);
    }
    journal->good = slot;
    journal->sequence++;
    return persona_ok();
}

void persona_journal_abandon(persona_journal *journal)
{
    journal->pending = PERSONA_JOURNAL_NO_SLOT;
}
