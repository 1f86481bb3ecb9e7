include(ports/mps2/mps2.cmake)
persona_mps2(ports/mps2/mps2.ld ports/cortex_m/memory_flash.c)
set(PERSONA_PORT_CPU -mthumb -mcpu=cortex-m4 -mfpu=fpv4-sp-d16 -mfloat-abi=hard)
