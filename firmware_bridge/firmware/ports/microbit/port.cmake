include(ports/cortex_m/cortex_m.cmake)
persona_cortex_m(
    "ports/microbit/microbit.c;ports/microbit/nrf_nvmc.c;ports/microbit/nrf_timer.c;ports/microbit/nrf_uart.c"
    ports/microbit/microbit.ld)
# Frames of half the usual size, the least that the protocol allows: the default model needs the room for its banks.
set(PERSONA_PORT_CPU -DPERSONA_MAX_PAYLOAD=256 -mthumb -mcpu=cortex-m0 -mfloat-abi=soft -masm-syntax-unified)
