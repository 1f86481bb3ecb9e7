include(ports/cortex_m/cortex_m.cmake)
persona_cortex_m(
    "ports/netduinoplus2/netduinoplus2.c;ports/netduinoplus2/bringup.c;ports/netduinoplus2/stm32_iwdg.c;ports/cortex_m/stm32_usart.c;ports/cortex_m/systick.c"
    ports/netduinoplus2/netduinoplus2.ld)
set(PERSONA_BENCH_LINE bench/stm32_line.c ports/netduinoplus2/bringup.c)
set(PERSONA_PORT_CPU -mthumb -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard)
