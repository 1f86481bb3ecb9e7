#include "flash_model.h"

#include <string.h>

#define NEVER UINT32_MAX
#define LEAST_WORD 4u
#define WORDS (FLASH_MODEL_BYTES / LEAST_WORD)

/* What has not been made durable by a sync yet. */
typedef struct {
    uint32_t offset;
    uint32_t size; /* of a word, or of a sector that is erased */
    bool erases;
    uint8_t value[PERSONA_FLASH_WORD_MOST];
} store;

static uint8_t image[FLASH_MODEL_BYTES];   /* as the device reads it */
static uint8_t durable[FLASH_MODEL_BYTES]; /* as of the last sync */
static uint8_t wanted[FLASH_MODEL_BYTES];  /* the other reading of an unstable word */
static bool unstable[WORDS];
static bool turn[WORDS];
static bool programmed[WORDS];
static store waiting[WORDS];

static struct {
    uint32_t waits;
    uint32_t stores;
    uint32_t violations;
    uint32_t cut_at;
    uint32_t silent_from;
    uint32_t silent_count;
    uint32_t random;
    flash_cut kind;
    void (*power_lost)(void);
    persona_flash flash;
} model;

/* Numerical Recipes, "quick and dirty" generator; its upper bits. */
static uint8_t random_byte(void)
{
    model.random = model.random * 1664525u + 1013904223u;
    return (uint8_t)(model.random >> 24);
}

static void violate(bool wrong)
{
    model.violations += wrong;
}

static uint32_t word_of(uint32_t offset)
{
    return offset / model.flash.word_bytes;
}

static void set_words(bool *flags, uint32_t offset, uint32_t size, bool value)
{
    for (uint32_t i = word_of(offset); i < word_of(offset + size); i++) {
        flags[i] = value;
    }
}

/* Byte `i` of what a store makes of a memory that holds `old`. */
static uint8_t outcome(const store *done, uint32_t i, uint8_t old)
{
    return done->erases ? (uint8_t)PERSONA_FLASH_ERASED : (uint8_t)(old & done->value[i]);
}

static void carry_out(uint8_t *memory, const store *done)
{
    for (uint32_t i = 0; i < done->size; i++) {
        memory[done->offset + i] = outcome(done, i, memory[done->offset + i]);
    }
}

/* Each word of the store happens whole, not at all, or in some bits. */
static void carry_out_part(const store *torn, bool shaky)
{
    const uint32_t word = model.flash.word_bytes;
    for (uint32_t at = 0; at < torn->size; at += word) {
        const uint8_t fate = torn->erases ? random_byte() % 3 : 2;
        for (uint32_t i = at; i < at + word; i++) {
            uint8_t *const byte = &image[torn->offset + i];
            const uint8_t mask = fate == 0 ? 0 : fate == 1 ? 0xFF : random_byte();
            const uint8_t whole = outcome(torn, i, *byte);
            wanted[torn->offset + i] = whole;
            *byte = (uint8_t)((*byte & ~mask) | (whole & mask));
        }
        unstable[word_of(torn->offset + at)] = shaky;
        turn[word_of(torn->offset + at)] = random_byte() & 1u;
    }
}

static void lose_some(void)
{
    memcpy(image, durable, flash_model_size());
    const uint8_t keep = (uint8_t)(64u * (1u + random_byte() % 3u));
    for (uint32_t i = 0; i < model.waits; i++) {
        if (random_byte() < keep) {
            carry_out(image, &waiting[i]);
        }
    }
}

static void lose_power(const store *torn)
{
    if (model.kind == FLASH_CUT_REORDERED) {
        lose_some();
    }
    if (model.kind != FLASH_CUT_BEFORE) {
        carry_out_part(torn, model.kind == FLASH_CUT_UNSTABLE);
    }
    flash_model_settle();
    model.power_lost();
}

static void perform(const store *next)
{
    const uint32_t number = model.stores++;
    if (number == model.cut_at) {
        lose_power(next);
    }
    if (number - model.silent_from < model.silent_count) {
        return;
    }
    carry_out(image, next);
    if (next->erases) {
        set_words(unstable, next->offset, next->size, false);
    }
    set_words(programmed, next->offset, next->size, !next->erases);
    if (model.waits == WORDS) {
        (void)model.flash.sync(&model.flash);
    }
    waiting[model.waits++] = *next;
}

static bool inside(uint32_t offset, uint32_t size)
{
    const uint32_t whole = flash_model_size();
    violate(offset > whole || size > whole - offset);
    return offset <= whole && size <= whole - offset;
}

static bool erase_sector(const persona_flash *flash, uint32_t sector)
{
    if (sector >= flash->sectors) {
        violate(true);
        return false;
    }
    perform(&(store){ .offset = sector * flash->sector_bytes, .size = flash->sector_bytes, .erases = true });
    return true;
}

static bool program_words(const persona_flash *flash, uint32_t offset, const void *from, uint32_t size)
{
    const uint32_t word = flash->word_bytes;
    if (!inside(offset, size) || offset % word != 0 || size % word != 0) {
        violate(true);
        return false;
    }
    for (uint32_t done = 0; done < size; done += word) {
        store next = { .offset = offset + done, .size = word };
        memcpy(next.value, (const uint8_t *)from + done, word);
        violate(programmed[word_of(offset + done)]);
        perform(&next);
    }
    return true;
}

static uint8_t read_byte(uint32_t offset)
{
    const uint32_t word = word_of(offset);
    return unstable[word] && turn[word] ? wanted[offset] : image[offset];
}

static bool read_bytes(const persona_flash *flash, uint32_t offset, void *to, uint32_t size)
{
    (void)flash;
    if (!inside(offset, size)) {
        return false;
    }
    for (uint32_t i = 0; i < size; i++) {
        ((uint8_t *)to)[i] = read_byte(offset + i);
    }
    for (uint32_t i = word_of(offset); size > 0 && i <= word_of(offset + size - 1); i++) {
        turn[i] = !turn[i];
    }
    return true;
}

static bool sync_all(const persona_flash *flash)
{
    (void)flash;
    for (uint32_t i = 0; i < model.waits; i++) {
        carry_out(durable, &waiting[i]);
    }
    model.waits = 0;
    return true;
}

void flash_model_init(uint32_t sector_bytes, uint32_t word_bytes, uint32_t sectors)
{
    memset(&model, 0, sizeof model);
    model.flash = (persona_flash){
        .sector_bytes = sector_bytes,
        .word_bytes = word_bytes,
        .sectors = sectors,
        .read = read_bytes,
        .erase = erase_sector,
        .program = program_words,
        .sync = sync_all,
    };
    memset(image, PERSONA_FLASH_ERASED, flash_model_size());
    set_words(unstable, 0, flash_model_size(), false);
    flash_model_settle();
    flash_model_heal();
}

const persona_flash *flash_model(void)
{
    return &model.flash;
}

uint8_t *flash_model_image(void)
{
    return image;
}

uint32_t flash_model_size(void)
{
    return model.flash.sectors * model.flash.sector_bytes;
}

void flash_model_settle(void)
{
    const uint32_t word = model.flash.word_bytes;
    memcpy(durable, image, flash_model_size());
    model.waits = 0;
    for (uint32_t at = 0; at < flash_model_size(); at += word) {
        bool blank = true;
        for (uint32_t i = at; i < at + word; i++) {
            blank = blank && image[i] == PERSONA_FLASH_ERASED;
        }
        programmed[word_of(at)] = !blank || unstable[word_of(at)];
    }
}

void flash_model_cut(uint32_t store_number, flash_cut kind, uint32_t seed, void (*power_lost)(void))
{
    model.cut_at = model.stores + store_number;
    model.kind = kind;
    model.random = seed;
    model.power_lost = power_lost;
}

void flash_model_silence(uint32_t first, uint32_t count)
{
    model.silent_from = model.stores + first;
    model.silent_count = count;
}

void flash_model_heal(void)
{
    model.cut_at = NEVER;
    model.silent_count = 0;
}

uint32_t flash_model_stores(void)
{
    return model.stores;
}

uint32_t flash_model_violations(void)
{
    return model.violations;
}
