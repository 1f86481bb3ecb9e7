set(PERSONA_PORT_SOURCES ports/posix/posix.c)
