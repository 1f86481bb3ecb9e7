include(ports/cortex_m/cortex_m.cmake)
persona_cortex_m("ports/mps2/mps2.c;ports/cortex_m/cmsdk_uart.c" ports/mps3-an547/mps3-an547.ld)
set(PERSONA_PORT_CPU -mthumb -mcpu=cortex-m55 -mfloat-abi=hard)
