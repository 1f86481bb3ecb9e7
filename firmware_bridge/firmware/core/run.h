/* run.h: the loop of a device that does nothing but serve its line. An application with work of its own calls
 * persona_device_feed from its own loop instead, between two inferences. */
#ifndef PERSONA_RUN_H
#define PERSONA_RUN_H

/* Serves the line for ever; returns only if persona_port_panic does. */
void persona_run(void);

#endif
