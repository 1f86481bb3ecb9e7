# What every Cortex-M port shares. Call with the port's sources and its linker script.
function(persona_cortex_m sources script)
    set(PERSONA_PORT_SOURCES ${sources}
        ports/cortex_m/fault.c
        ports/cortex_m/receive_ring.c
        ports/cortex_m/semihosting.c
        ports/cortex_m/startup.c
        PARENT_SCOPE)
    set(PERSONA_PORT_INCLUDES ports/cortex_m ports/${PERSONA_PLATFORM} PARENT_SCOPE)
    set(PERSONA_PORT_LINK_OPTIONS
        -nostartfiles
        -L${CMAKE_CURRENT_SOURCE_DIR}/ports/cortex_m
        -T${CMAKE_CURRENT_SOURCE_DIR}/${script}
        PARENT_SCOPE)
    set(PERSONA_PORT_LINKER_SCRIPTS
        ${CMAKE_CURRENT_SOURCE_DIR}/ports/cortex_m/sections.ld
        ${CMAKE_CURRENT_SOURCE_DIR}/${script}
        PARENT_SCOPE)
endfunction()
