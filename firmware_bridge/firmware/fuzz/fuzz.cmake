# The fuzz targets: a device in RAM, clang's libFuzzer, AddressSanitizer and UndefinedBehaviorSanitizer.
target_compile_options(persona_options INTERFACE -fsanitize=fuzzer-no-link)

function(persona_fuzz_target name)
    add_executable(${name} fuzz/${name}.c ${ARGN})
    target_include_directories(${name} PRIVATE fuzz)
    target_link_libraries(${name} PRIVATE persona_core persona_strict)
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
endfunction()

persona_fuzz_target(fuzz_session fuzz/world.c fuzz/proposal.c fuzz/strict_flash.c)
persona_fuzz_target(fuzz_edit fuzz/world.c fuzz/proposal.c fuzz/strict_flash.c)
persona_fuzz_target(fuzz_journal fuzz/strict_flash.c)
