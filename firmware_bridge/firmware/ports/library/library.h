/* library.h: the whole device as a shared library of another program, with a virtual clock and a flash model. Each
 * loaded copy of the file is one device. hil/library.py is its user.
 *
 * What runs the device (library_boot, library_feed, library_advance) returns a library_end. Once the power is lost or
 * the device has stopped, it stays off until library_boot.
 */
#ifndef PERSONA_LIBRARY_H
#define PERSONA_LIBRARY_H

#include <stdint.h>

typedef enum {
    LIBRARY_SERVED = 0,
    LIBRARY_POWER_LOST = 1,
    LIBRARY_STOPPED = 2, /* library_why() says why */
    LIBRARY_OFF = 3
} library_end;

/* A flash of these sizes, erased; see flash_model.h. The device is off. */
void library_flash(uint32_t sector_bytes, uint32_t word_bytes, uint32_t sectors);

/* Switch on, or reset. */
library_end library_boot(void);

/* Let `size` bytes arrive. */
library_end library_feed(const uint8_t *bytes, uint32_t size);

/* Let time pass, in microseconds. */
library_end library_advance(uint64_t ticks);

/* What the device sent in the last of these calls. */
const uint8_t *library_sent(void);
uint32_t library_sent_bytes(void);

const char *library_why(void);

/* Plan a power cut, see flash_model_cut. */
void library_cut(uint32_t store, uint32_t kind, uint32_t seed);

#endif
