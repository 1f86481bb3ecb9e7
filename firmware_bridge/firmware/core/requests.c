#include "requests.h"

#include <stddef.h>

static const persona_request table[] = {
    { PERSONA_HELLO, 0, true, false, persona_handle_hello },
    { PERSONA_STATUS, 0, true, false, persona_handle_status },
    { PERSONA_INFER, 1, false, false, persona_handle_infer },
    { PERSONA_LOAD, 4, false, false, persona_handle_load },
    { PERSONA_READ, 7, true, false, persona_handle_read },
    { PERSONA_CONTEXT, 3, true, false, persona_handle_context },
    { PERSONA_BEGIN, PERSONA_EDIT_HEADER_BYTES, true, true, persona_handle_begin },
    { PERSONA_WRITE, 4, false, true, persona_handle_write },
    { PERSONA_VERIFY, 0, true, true, persona_handle_verify },
    { PERSONA_COMMIT, PERSONA_DIGEST_BYTES, true, true, persona_handle_commit },
    { PERSONA_REVERT, 1 + PERSONA_DIGEST_BYTES, true, true, persona_handle_revert },
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
