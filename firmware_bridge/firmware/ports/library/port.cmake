set(PERSONA_PORT_SOURCES ports/library/library.c ports/library/flash_model.c)
set(PERSONA_PORT_CPU -fPIC)
set(PERSONA_PORT_LINK_OPTIONS -shared)
