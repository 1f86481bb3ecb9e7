/* edit.h: what a host says about an edit before it sends one, and whether this device can take it.
 *
 * The first 36 bytes of an edit are its header and the start of BEGIN's payload (docs/protocol.md, "Edit"). An edit is
 * absolute against a named entry of the prototype table, so it never depends on what the device holds at the moment.
 *
 * Untrusted: every byte of the header. persona_edit_check refuses, in the order of the codes (flags first, what is
 * about signatures last), whatever the header alone can tell; what it passed is safe to stage. The header is kept as it
 * came, since the MAC covers these bytes.
 */
#ifndef PERSONA_EDIT_H
#define PERSONA_EDIT_H

#include "bytes.h"
#include "digest.h"
#include "keystore.h"
#include "persona_model.h"
#include "refusal.h"

#include <stdbool.h>

/* Whether this build takes edits without a MAC. */
#ifndef PERSONA_UNSIGNED_EDITS
#define PERSONA_UNSIGNED_EDITS 1
#endif

#define PERSONA_EDIT_VERSION 2
#define PERSONA_EDIT_HEADER_BYTES 36
#define PERSONA_FLAG_SIGNED 1u
#define PERSONA_FLAG_DURABLE 2u

typedef struct {
    uint8_t header[PERSONA_EDIT_HEADER_BYTES];
} persona_edit;

static inline uint8_t persona_edit_codec(const persona_edit *edit)
{
    return edit->header[1];
}

static inline uint8_t persona_edit_prototype(const persona_edit *edit)
{
    return edit->header[2];
}

static inline uint8_t persona_edit_flags(const persona_edit *edit)
{
    return edit->header[3];
}

static inline uint32_t persona_edit_counter(const persona_edit *edit)
{
    return persona_get_u32(edit->header + 4);
}

/* Digest of the bank that the edit makes. */
static inline const uint8_t *persona_edit_digest(const persona_edit *edit)
{
    return edit->header + 24;
}

static inline uint32_t persona_edit_payload_bytes(const persona_edit *edit)
{
    return persona_get_u32(edit->header + 32);
}

/* Bytes behind the header: the payload and the MAC, if there is one. */
static inline uint32_t persona_edit_body_bytes(const persona_edit *edit)
{
    const bool is_signed = (persona_edit_flags(edit) & PERSONA_FLAG_SIGNED) != 0;
    return persona_edit_payload_bytes(edit) + (is_signed ? PERSONA_MAC_BYTES : 0u);
}

/* `counter` is that of the last edit the device took, a new one must exceed it; `has_key`: the device can check a MAC.
 */
persona_refusal persona_edit_check(const persona_edit *edit, const persona_model *model, uint32_t counter,
                                   bool has_key);

#endif
