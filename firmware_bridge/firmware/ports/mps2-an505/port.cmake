include(ports/mps2/mps2.cmake)
persona_mps2(ports/mps2-an505/mps2-an505.ld)
set(PERSONA_PORT_CPU -mthumb -mcpu=cortex-m33 -mfpu=fpv5-sp-d16 -mfloat-abi=hard)
