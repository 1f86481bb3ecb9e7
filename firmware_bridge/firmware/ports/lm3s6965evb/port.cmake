include(ports/cortex_m/cortex_m.cmake)
persona_cortex_m(
    "ports/lm3s6965evb/lm3s6965evb.c;ports/lm3s6965evb/bringup.c;ports/cortex_m/cmsdk_watchdog.c;ports/cortex_m/pl011_uart.c;ports/cortex_m/systick.c"
    ports/lm3s6965evb/lm3s6965evb.ld)
set(PERSONA_BENCH_LINE bench/pl011_line.c ports/lm3s6965evb/bringup.c)
set(PERSONA_PORT_CPU -mthumb -mcpu=cortex-m3 -mfloat-abi=soft)
