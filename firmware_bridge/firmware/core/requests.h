/* requests.h: the request types of docs/protocol.md and the function that carries out each.
 *
 * A handler is called with a payload whose length its row of the table in requests.c allows. It writes the fields
 * behind the status, which is already there, or returns a refusal.
 */
#ifndef PERSONA_REQUESTS_H
#define PERSONA_REQUESTS_H

#include "device.h"

enum {
    PERSONA_HELLO = PERSONA_FRAME_HELLO,
    PERSONA_STATUS = 0x02,
    PERSONA_INFER = 0x03,
    PERSONA_LOAD = 0x04,
    PERSONA_READ = 0x05,
    PERSONA_CONTEXT = 0x06,
    PERSONA_SUMMARY = 0x07,
    PERSONA_WATCH = 0x08,
    PERSONA_BEGIN = 0x10,
    PERSONA_WRITE = 0x11,
    PERSONA_VERIFY = 0x12,
    PERSONA_TRY = 0x13,
    PERSONA_COMMIT = 0x14,
    PERSONA_CONFIRM = 0x15,
    PERSONA_REVERT = 0x16,
    PERSONA_APPLY = 0x17,
    PERSONA_PROVISION = 0x18,
    PERSONA_REPLY = 0x80 /* set in the type of a reply */
};

typedef persona_refusal (*persona_handler)(persona_device *device, const persona_frame *request, persona_reply *reply);

typedef struct {
    uint8_t type;
    uint8_t least; /* payload bytes */
    bool exact;    /* no more than `least` */
    bool edits;    /* wants adaptive parameters */
    persona_handler handle;
} persona_request;

/* NULL if there is no such request. */
const persona_request *persona_request_of(uint8_t type);

persona_refusal persona_handle_hello(persona_device *device, const persona_frame *request, persona_reply *reply);
persona_refusal persona_handle_status(persona_device *device, const persona_frame *request, persona_reply *reply);
persona_refusal persona_handle_infer(persona_device *device, const persona_frame *request, persona_reply *reply);
persona_refusal persona_handle_load(persona_device *device, const persona_frame *request, persona_reply *reply);
persona_refusal persona_handle_read(persona_device *device, const persona_frame *request, persona_reply *reply);
persona_refusal persona_handle_context(persona_device *device, const persona_frame *request, persona_reply *reply);
persona_refusal persona_handle_summary(persona_device *device, const persona_frame *request, persona_reply *reply);
persona_refusal persona_handle_watch(persona_device *device, const persona_frame *request, persona_reply *reply);
persona_refusal persona_handle_begin(persona_device *device, const persona_frame *request, persona_reply *reply);
persona_refusal persona_handle_write(persona_device *device, const persona_frame *request, persona_reply *reply);
persona_refusal persona_handle_verify(persona_device *device, const persona_frame *request, persona_reply *reply);
persona_refusal persona_handle_try(persona_device *device, const persona_frame *request, persona_reply *reply);
persona_refusal persona_handle_commit(persona_device *device, const persona_frame *request, persona_reply *reply);
persona_refusal persona_handle_confirm(persona_device *device, const persona_frame *request, persona_reply *reply);
persona_refusal persona_handle_revert(persona_device *device, const persona_frame *request, persona_reply *reply);
persona_refusal persona_handle_apply(persona_device *device, const persona_frame *request, persona_reply *reply);
persona_refusal persona_handle_provision(persona_device *device, const persona_frame *request, persona_reply *reply);

#endif
