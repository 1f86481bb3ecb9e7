set(PERSONA_PORT_SOURCES ports/posix/posix.c ports/posix/file_flash.c)
