include(ports/mps2/mps2.cmake)
persona_mps2(ports/mps3-an547/mps3-an547.ld)
set(PERSONA_PORT_CPU -mthumb -mcpu=cortex-m55 -mfloat-abi=hard)
