#include "requests.h"

#include <stddef.h>

static const persona_request table[] = {
    { PERSONA_HELLO, 0, true, false, persona_handle_hello },
    { PERSONA_STATUS, 0, true, false, persona_handle_status },
    { PERSONA_INFER, 1, false, false, persona_handle_infer },
    { PERSONA_LOAD, 4, false, false, persona_handle_load },
    { PERSONA_READ, 7, true, false, persona_handle_read },
    { PERSONA_CONTEXT, 3, true, false, persona_handle_context },
    { PERSONA_SUMMARY, 0, false, false, persona_handle_summary },
    { PERSONA_WATCH, 1, true, false, persona_handle_watch },
    { PERSONA_BEGIN, PERSONA_EDIT_HEADER_BYTES, false, true, persona_handle_begin },
    { PERSONA_WRITE, 4, false, true, persona_handle_write },
    { PERSONA_VERIFY, 0, true, true, persona_handle_verify },
    { PERSONA_TRY, 2, true, true, persona_handle_try },
    { PERSONA_COMMIT, PERSONA_DIGEST_BYTES + 2, true, true, persona_handle_commit },
    { PERSONA_CONFIRM, PERSONA_DIGEST_BYTES, true, true, persona_handle_confirm },
    { PERSONA_REVERT, 1 + PERSONA_DIGEST_BYTES, true, true, persona_handle_revert },
    { PERSONA_APPLY, PERSONA_DIGEST_BYTES, true, true, persona_handle_apply },
    { PERSONA_PROVISION, PERSONA_DEVICE_ID_BYTES + PERSONA_KEY_BYTES, true, true, persona_handle_provision },
};

const persona_request *persona_request_of(uint8_t type)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].type == type) {
            return &table[i];
        }
    }
    return NULL;
}
