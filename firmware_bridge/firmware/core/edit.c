#include "edit.h"

#include "codec.h"

#define KNOWN_FLAGS (PERSONA_FLAG_SIGNED | PERSONA_FLAG_DURABLE)

static persona_refusal check_origin(const persona_edit *edit, const persona_model *model)
{
    const uint8_t *const version = edit->header, *const base = edit->header + 8, *const layout = edit->header + 16;
    if ((persona_edit_flags(edit) & ~KNOWN_FLAGS) != 0) {
        return persona_refuse(PERSONA_BAD_FLAGS, KNOWN_FLAGS, persona_edit_flags(edit));
    }
    if (*version != PERSONA_EDIT_VERSION) {
        return persona_refuse(PERSONA_EDIT_VERSION_MISMATCH, PERSONA_EDIT_VERSION, *version);
    }
    if (!persona_digest_equal(base, model->base)) {
        return persona_digest_match(PERSONA_BASE_MISMATCH, model->base, base);
    }
    return persona_digest_match(PERSONA_LAYOUT_MISMATCH, model->layout, layout);
}

static persona_refusal check_content(const persona_edit *edit, const persona_model *model, uint32_t counter)
{
    const uint8_t codec = persona_edit_codec(edit), prototype = persona_edit_prototype(edit);
    const uint32_t codecs = persona_codecs(model);
    if (prototype >= model->prototypes_count) {
        return persona_refuse(PERSONA_BAD_PROTOTYPE, model->prototypes_count, prototype);
    }
    if (codec >= 32 || (codecs >> codec & 1u) == 0) {
        return persona_refuse(PERSONA_BAD_CODEC, codecs, codec);
    }
    const persona_refusal length = persona_codec_length(codec, persona_edit_payload_bytes(edit), model);
    if (length.code != PERSONA_OK) {
        return length;
    }
    if (persona_edit_counter(edit) <= counter) {
        return persona_refuse(PERSONA_STALE_COUNTER, counter, persona_edit_counter(edit));
    }
    return persona_ok();
}

static persona_refusal check_signature(const persona_edit *edit, bool has_key)
{
    const uint8_t flags = persona_edit_flags(edit);
    const bool is_signed = (flags & PERSONA_FLAG_SIGNED) != 0;
    if (!PERSONA_UNSIGNED_EDITS && !is_signed) {
        return persona_refuse(PERSONA_UNSIGNED, flags | PERSONA_FLAG_SIGNED, flags);
    }
    return is_signed && !has_key ? persona_refuse(PERSONA_NO_KEY, 0, 0) : persona_ok();
}

persona_refusal persona_edit_check(const persona_edit *edit, const persona_model *model, uint32_t counter, bool has_key)
{
    const persona_refusal origin = check_origin(edit, model);
    if (origin.code != PERSONA_OK) {
        return origin;
    }
    const persona_refusal content = check_content(edit, model, counter);
    return content.code != PERSONA_OK ? content : check_signature(edit, has_key);
}
