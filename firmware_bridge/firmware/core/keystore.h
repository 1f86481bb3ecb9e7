/* keystore.h: the device's id and its secret key, from the build or from the first sector of its flash.
 *
 * A key is stored once. A record that is torn counts as none, so that provisioning can be repeated after a power cut.
 */
#ifndef PERSONA_KEYSTORE_H
#define PERSONA_KEYSTORE_H

#include "flash.h"
#include "refusal.h"

#define PERSONA_KEY_BYTES 32
#define PERSONA_DEVICE_ID_BYTES 8
#define PERSONA_MAC_BYTES 16

typedef struct {
    bool present;
    uint8_t id[PERSONA_DEVICE_ID_BYTES];
    uint8_t key[PERSONA_KEY_BYTES];
} persona_key;

/* The key in `flash` (may be NULL: none). */
void persona_keystore_load(persona_key *key, const persona_flash *flash);

/* Store id and key and load them into `key`. PROVISIONED, NO_STORAGE or STORAGE_FAILED. */
persona_refusal persona_keystore_save(persona_key *key, const persona_flash *flash,
                                      const uint8_t id[PERSONA_DEVICE_ID_BYTES],
                                      const uint8_t secret[PERSONA_KEY_BYTES]);

#endif
