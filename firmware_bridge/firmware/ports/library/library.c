#include "library.h"

#include "device.h"
#include "flash_model.h"
#include "port.h"

#include <setjmp.h>
#include <stddef.h>
#include <string.h>

#define SENT_MOST (1u << 20)

static struct {
    persona_device *device; /* NULL: off */
    uint64_t now;
    jmp_buf out;
    const char *why;
    uint32_t sent_bytes;
    uint8_t sent[SENT_MOST];
} here;

static void leave(library_end end)
{
    here.device = NULL;
    longjmp(here.out, (int)end);
}

static void power_lost(void)
{
    leave(LIBRARY_POWER_LOST);
}

int persona_port_read(void)
{
    return -1;
}

void persona_port_wait(void)
{
}

void persona_port_write(const uint8_t *bytes, uint32_t size)
{
    if (size > SENT_MOST - here.sent_bytes) {
        persona_port_panic("the device sent more in one call than the library keeps");
    }
    memcpy(here.sent + here.sent_bytes, bytes, size);
    here.sent_bytes += size;
}

uint64_t persona_port_ticks(void)
{
    return here.now;
}

uint32_t persona_port_ticks_per_second(void)
{
    return 1000000u;
}

const char *persona_port_name(void)
{
    return PERSONA_PLATFORM_NAME;
}

const persona_flash *persona_port_flash(void)
{
    return flash_model()->sectors > 0 ? flash_model() : NULL;
}

void persona_port_watchdog(uint32_t seconds)
{
    (void)seconds;
}

void persona_port_panic(const char *why)
{
    here.why = why;
    leave(LIBRARY_STOPPED);
}

void library_flash(uint32_t sector_bytes, uint32_t word_bytes, uint32_t sectors)
{
    here.device = NULL;
    flash_model_init(sector_bytes, word_bytes, sectors);
}

library_end library_boot(void)
{
    persona_device *device = NULL;
    const int end = setjmp(here.out);
    if (end != 0) {
        return (library_end)end;
    }
    here.device = NULL;
    here.now = 0;
    here.sent_bytes = 0;
    here.why = persona_device_boot(&device);
    if (here.why != NULL) {
        return LIBRARY_STOPPED;
    }
    here.device = device;
    return LIBRARY_SERVED;
}

static void serve(uint8_t byte)
{
    const uint32_t size = persona_device_feed(here.device, byte);
    if (size > 0) {
        persona_port_write(persona_device_reply(here.device), size);
    }
}

library_end library_feed(const uint8_t *bytes, uint32_t size)
{
    const int end = setjmp(here.out);
    if (end != 0) {
        return (library_end)end;
    }
    here.sent_bytes = 0;
    if (here.device == NULL) {
        return LIBRARY_OFF;
    }
    for (uint32_t i = 0; i < size; i++) {
        serve(bytes[i]);
    }
    persona_device_poll(here.device);
    return LIBRARY_SERVED;
}

library_end library_advance(uint64_t ticks)
{
    const int end = setjmp(here.out);
    if (end != 0) {
        return (library_end)end;
    }
    here.sent_bytes = 0;
    here.now += ticks;
    if (here.device == NULL) {
        return LIBRARY_OFF;
    }
    persona_device_poll(here.device);
    return LIBRARY_SERVED;
}

const uint8_t *library_sent(void)
{
    return here.sent;
}

uint32_t library_sent_bytes(void)
{
    return here.sent_bytes;
}

const char *library_why(void)
{
    return here.why;
}

void library_cut(uint32_t store, uint32_t kind, uint32_t seed)
{
    flash_model_cut(store, (flash_cut)kind, seed, power_lost);
}
