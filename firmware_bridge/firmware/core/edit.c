#include "edit.h"

#include "bytes.h"
#include "codec.h"

#include <string.h>

void persona_edit_parse(persona_edit *edit, const uint8_t header[PERSONA_EDIT_HEADER_BYTES])
{
    edit->version = header[0];
    edit->codec = header[1];
    edit->prototype = header[2];
    edit->flags = header[3];
    edit->counter = persona_get_u32(header + 4);
    memcpy(edit->base, header + 8, PERSONA_DIGEST_BYTES);
    memcpy(edit->layout, header + 16, PERSONA_DIGEST_BYTES);
    memcpy(edit->digest, header + 24, PERSONA_DIGEST_BYTES);
    edit->payload_bytes = persona_get_u32(header + 32);
}

static persona_refusal check_origin(const persona_edit *edit, const persona_model *model)
{
    if (edit->flags != 0) {
        return persona_refuse(PERSONA_BAD_FLAGS, 0, edit->flags);
    }
    if (edit->version != PERSONA_EDIT_VERSION) {
        return persona_refuse(PERSONA_EDIT_VERSION_MISMATCH, PERSONA_EDIT_VERSION, edit->version);
    }
    if (!persona_digest_equal(edit->base, model->base)) {
        return persona_refuse(PERSONA_BASE_MISMATCH, persona_get_u32(model->base), persona_get_u32(edit->base));
    }
    if (!persona_digest_equal(edit->layout, model->layout)) {
        return persona_refuse(PERSONA_LAYOUT_MISMATCH, persona_get_u32(model->layout), persona_get_u32(edit->layout));
    }
    return persona_ok();
}

static persona_refusal check_content(const persona_edit *edit, const persona_model *model, uint32_t counter)
{
    if (edit->prototype >= model->prototypes_count) {
        return persona_refuse(PERSONA_BAD_PROTOTYPE, model->prototypes_count, edit->prototype);
    }
    if (!persona_codec_known(edit->codec)) {
        return persona_refuse(PERSONA_BAD_CODEC, PERSONA_CODECS, edit->codec);
    }
    const uint32_t wanted = persona_codec_bytes(edit->codec, model->adaptive_floats);
    if (edit->payload_bytes != wanted) {
        return persona_refuse(PERSONA_BAD_PAYLOAD_LENGTH, wanted, edit->payload_bytes);
    }
    if (edit->counter <= counter) {
        return persona_refuse(PERSONA_STALE_COUNTER, counter, edit->counter);
    }
    return persona_ok();
}

persona_refusal persona_edit_check(const persona_edit *edit, const persona_model *model, uint32_t counter)
{
    const persona_refusal origin = check_origin(edit, model);
    return origin.code == PERSONA_OK ? check_content(edit, model, counter) : origin;
}

const float *persona_edit_prototype(const persona_edit *edit, const persona_model *model)
{
    return model->prototypes + (uint32_t)edit->prototype * model->adaptive_floats;
}
