include(ports/cortex_m/cortex_m.cmake)
persona_cortex_m("ports/mps2/mps2.c;ports/cortex_m/cmsdk_uart.c" ports/mps2/mps2.ld)
set(PERSONA_PORT_CPU -mthumb -mcpu=cortex-m7 -mfpu=fpv5-d16 -mfloat-abi=hard)
