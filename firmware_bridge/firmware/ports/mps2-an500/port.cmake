include(ports/mps2/mps2.cmake)
persona_mps2(ports/mps2/mps2.ld)
set(PERSONA_PORT_CPU -mthumb -mcpu=cortex-m7 -mfpu=fpv5-d16 -mfloat-abi=hard)
