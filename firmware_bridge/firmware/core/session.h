/* session.h: from an intact frame to the bytes of its reply.
 *
 * A request with the seq and the CRC of the one before gets the stored reply again and is not carried out again, so a
 * host may repeat whatever was not answered. Any other request goes to the handler of its type; a handler either fills
 * the reply or returns a refusal, which then is the reply.
 */
#ifndef PERSONA_SESSION_H
#define PERSONA_SESSION_H

#include "device.h"

/* Returns the number of bytes to send; they are in `device->send`. */
uint32_t persona_session_answer(persona_device *device, const persona_frame *request);

#endif
