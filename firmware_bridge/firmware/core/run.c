#include "run.h"

#include "device.h"
#include "port.h"

#include <stddef.h>

static void serve_arrived(persona_device *device)
{
    for (int byte = persona_port_read(); byte >= 0; byte = persona_port_read()) {
        const uint32_t size = persona_device_feed(device, (uint8_t)byte);
        if (size > 0) {
            persona_port_write(persona_device_reply(device), size);
        }
    }
}

void persona_run(void)
{
    persona_device *device = NULL;
    const char *const wrong = persona_device_boot(&device);
    if (wrong != NULL) {
        persona_port_panic(wrong);
        return;
    }
    for (;;) {
        serve_arrived(device);
        persona_device_poll(device);
        persona_port_wait();
    }
}
