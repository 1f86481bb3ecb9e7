/* edit.h: what a host says about an edit before it sends one, and whether this device can take it.
 *
 * The first 36 bytes of an edit are its header and the payload of BEGIN (docs/protocol.md, "Edit"). An edit is absolute
 * against a named entry of the prototype table, so it never depends on what the device holds at the moment.
 *
 * Untrusted: every byte of the header. persona_edit_check refuses, in the order of the codes (flags first), whatever
 * the header alone can tell; what it passed is safe to stage.
 */
#ifndef PERSONA_EDIT_H
#define PERSONA_EDIT_H

#include "digest.h"
#include "persona_model.h"
#include "refusal.h"

#define PERSONA_EDIT_VERSION 1
#define PERSONA_EDIT_HEADER_BYTES 36

typedef struct {
    uint8_t version;
    uint8_t codec;
    uint8_t prototype;
    uint8_t flags;
    uint32_t counter;
    uint8_t base[PERSONA_DIGEST_BYTES];
    uint8_t layout[PERSONA_DIGEST_BYTES];
    uint8_t digest[PERSONA_DIGEST_BYTES]; /* of the bank the edit makes */
    uint32_t payload_bytes;
} persona_edit;

void persona_edit_parse(persona_edit *edit, const uint8_t header[PERSONA_EDIT_HEADER_BYTES]);

/* `counter` is that of the last edit the device took; a new one must exceed it. */
persona_refusal persona_edit_check(const persona_edit *edit, const persona_model *model, uint32_t counter);

/* The entry of the prototype table that a checked edit starts from. */
const float *persona_edit_prototype(const persona_edit *edit, const persona_model *model);

#endif
