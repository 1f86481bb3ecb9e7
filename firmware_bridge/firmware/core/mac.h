/* mac.h: who made an edit: keyed BLAKE2s (RFC 7693) of 16 bytes over its header and its payload.
 *
 * The comparison takes the same time wherever the first wrong byte is.
 */
#ifndef PERSONA_MAC_H
#define PERSONA_MAC_H

#include "edit.h"

bool persona_mac_right(const uint8_t mac[PERSONA_MAC_BYTES], const uint8_t key[PERSONA_KEY_BYTES],
                       const persona_edit *edit, const void *payload);

#endif
