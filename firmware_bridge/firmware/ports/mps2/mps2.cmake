# What the boards with Arm's MPS2 and MPS3 images share. Call with the linker script; further sources may follow.
include(ports/cortex_m/cortex_m.cmake)
macro(persona_mps2 script)
    persona_cortex_m(
        "ports/mps2/mps2.c;ports/cortex_m/cmsdk_uart.c;ports/cortex_m/cmsdk_watchdog.c;ports/cortex_m/systick.c;${ARGN}"
        ${script})
    set(PERSONA_BENCH_LINE bench/cmsdk_line.c)
endmacro()
