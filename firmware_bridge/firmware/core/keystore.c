#include "keystore.h"

#include "blake2s.h"
#include "bytes.h"

#include <string.h>

#define SECTOR 0u
#define MAGIC 0x00014b50u /* "PK", version 1 */
#define ID_AT 8u
#define KEY_AT 16u
#define DIGEST_AT 48u
#define RECORD_BYTES 64u
#define READINGS 4u

static void digest_of(const uint8_t record[RECORD_BYTES], uint8_t digest[RECORD_BYTES - DIGEST_AT])
{
    persona_blake2s hash;
    persona_blake2s_init(&hash, RECORD_BYTES - DIGEST_AT, NULL, 0);
    persona_blake2s_update(&hash, record, DIGEST_AT);
    persona_blake2s_final(&hash, digest);
}

static bool read_record(const persona_flash *flash, uint8_t record[RECORD_BYTES])
{
    uint8_t digest[RECORD_BYTES - DIGEST_AT];
    if (!flash->read(flash, SECTOR, record, RECORD_BYTES) || persona_get_u32(record) != MAGIC) {
        return false;
    }
    digest_of(record, digest);
    return memcmp(digest, record + DIGEST_AT, sizeof digest) == 0;
}

void persona_keystore_load(persona_key *key, const persona_flash *flash)
{
    uint8_t record[RECORD_BYTES];
    memset(key, 0, sizeof *key);
    bool present = persona_flash_usable(flash) && flash->sectors > 0;
    /* A torn word may read differently each time. */
    for (uint32_t i = 0; present && i < READINGS; i++) {
        present = read_record(flash, record);
    }
    if (present) {
        key->present = true;
        memcpy(key->id, record + ID_AT, PERSONA_DEVICE_ID_BYTES);
        memcpy(key->key, record + KEY_AT, PERSONA_KEY_BYTES);
    }
}

persona_refusal persona_keystore_save(persona_key *key, const persona_flash *flash,
                                      const uint8_t id[PERSONA_DEVICE_ID_BYTES],
                                      const uint8_t secret[PERSONA_KEY_BYTES])
{
    uint8_t record[RECORD_BYTES] = { 0 };
    if (key->present) {
        return persona_refuse(PERSONA_PROVISIONED, 0, 0);
    }
    if (!persona_flash_usable(flash) || flash->sectors == 0) {
        return persona_refuse(PERSONA_NO_STORAGE, 0, 0);
    }
    persona_put_u32(record, MAGIC);
    memcpy(record + ID_AT, id, PERSONA_DEVICE_ID_BYTES);
    memcpy(record + KEY_AT, secret, PERSONA_KEY_BYTES);
    digest_of(record, record + DIGEST_AT);
    for (uint32_t attempt = 0; attempt < 2 && !key->present; attempt++) {
        if (persona_flash_wipe(flash, SECTOR, 1) && flash->program(flash, SECTOR, record, RECORD_BYTES) &&
            flash->sync(flash)) {
            persona_keystore_load(key, flash);
        }
    }
    return key->present ? persona_ok() : persona_refuse(PERSONA_STORAGE_FAILED, 0, 0);
}
