# How a folder of the core, a plugin and a program are built. Flags for all of them are here.
add_library(cleat_flags INTERFACE)
target_compile_definitions(cleat_flags INTERFACE _GNU_SOURCE CLEAT_VERSION="${PROJECT_VERSION}")
if(CLEAT_FAIL_POINTS)
  target_compile_definitions(cleat_flags INTERFACE CLEAT_FAIL_POINTS)
endif()
target_compile_options(cleat_flags INTERFACE
  -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wformat=2
  $<$<C_COMPILER_ID:GNU>:-Wno-format-truncation> # texts are cut on purpose
  $<$<C_COMPILER_ID:Clang>:-Wno-sign-conversion> # gcc's -Wconversion does not ask for it in C
  $<$<BOOL:${CLEAT_WERROR}>:-Werror>)
if(CLEAT_SANITIZE)
  target_compile_options(cleat_flags INTERFACE -fsanitize=address,undefined -fno-omit-frame-pointer
    -fno-sanitize-recover=undefined)
  target_link_options(cleat_flags INTERFACE -fsanitize=address,undefined
    -Wl,-z,relro,-z,now) # the loader takes no lazy plugin
  if(CLEAT_FUZZ)
    target_compile_options(cleat_flags INTERFACE -fsanitize=fuzzer-no-link)
  endif()
else()
  target_compile_options(cleat_flags INTERFACE -fstack-protector-strong -fcf-protection
    -ffunction-sections -fdata-sections
    # C needs no tables to unwind by; a debugger has its own
    -fno-asynchronous-unwind-tables -fno-unwind-tables
    $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE> $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=3>)
  target_link_options(cleat_flags INTERFACE -Wl,-z,relro,-z,now -Wl,--gc-sections)
  # A tenth of the room that relocations take, where linker and C library (2.36) know it.
  include(CheckLinkerFlag)
  check_linker_flag(C -Wl,-z,pack-relative-relocs CLEAT_PACKS_RELOCATIONS)
  if(CLEAT_PACKS_RELOCATIONS)
    target_link_options(cleat_flags INTERFACE -Wl,-z,pack-relative-relocs)
  endif()
endif()
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64")
  # -fcf-protection is x86's; the other has branch protection
  get_target_property(flags cleat_flags INTERFACE_COMPILE_OPTIONS)
  list(TRANSFORM flags REPLACE "^-fcf-protection$" "-mbranch-protection=standard")
  set_target_properties(cleat_flags PROPERTIES INTERFACE_COMPILE_OPTIONS "${flags}")
endif()

# cleat_core(FOLDER SOURCES ... LINK ...): a folder of core/ as static library core_FOLDER.
# Included as "FOLDER/header.h"; only tests/lint/layers.txt says who may do that. Dependencies are
# given by their plain name: usage requirements only, each program links what it needs.
function(cleat_core folder)
  cmake_parse_arguments(A "" "" "SOURCES;LINK" ${ARGN})
  add_library(core_${folder} STATIC ${A_SOURCES})
  target_include_directories(core_${folder} PUBLIC ${PROJECT_SOURCE_DIR}/core)
  target_link_libraries(core_${folder} PRIVATE cleat_flags)
  foreach(lib ${A_LINK})
    if(lib MATCHES "^(core_|cleat_sdk)")
      target_link_libraries(core_${folder} PUBLIC ${lib})
    else()
      # compile with its headers; which form is linked is the program's choice
      target_include_directories(core_${folder} PRIVATE
        $<TARGET_PROPERTY:${lib}_STATIC,INTERFACE_INCLUDE_DIRECTORIES>)
    endif()
  endforeach()
  target_include_directories(core_${folder} PUBLIC ${PROJECT_SOURCE_DIR}/sdk/include)
endfunction()

# cleat_plugin(STEM SOURCES ... LINK ...): plugins/STEM as build/lib/cleat/plugins/STEM.so, and the same
# objects, joined and with only cleat_plugin_<STEM with _> left visible, as STEM_builtin.o for the
# static programs (target STEM_builtin).
function(cleat_plugin stem)
  cmake_parse_arguments(A "" "" "SOURCES;LINK" ${ARGN})
  add_library(${stem} MODULE ${A_SOURCES})
  target_include_directories(${stem} PRIVATE ${PROJECT_SOURCE_DIR}/sdk/include)
  target_link_libraries(${stem} PRIVATE cleat_flags cleat_sdk ${A_LINK})
  if(NOT CLEAT_SANITIZE)
    target_link_options(${stem} PRIVATE -Wl,-z,defs)
  endif()
  target_link_options(${stem} PRIVATE -Wl,--exclude-libs,ALL)
  set_target_properties(${stem} PROPERTIES PREFIX "" SUFFIX ".so"
    LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/lib/cleat/plugins)
  install(TARGETS ${stem} LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}/cleat/plugins)

  string(REPLACE "-" "_" symbol ${stem})
  add_library(${stem}_objects OBJECT ${A_SOURCES})
  target_include_directories(${stem}_objects PRIVATE ${PROJECT_SOURCE_DIR}/sdk/include)
  target_link_libraries(${stem}_objects PRIVATE cleat_flags cleat_sdk)
  foreach(lib ${A_LINK})
    target_include_directories(${stem}_objects PRIVATE
      $<TARGET_PROPERTY:${lib}_STATIC,INTERFACE_INCLUDE_DIRECTORIES>)
  endforeach()
  target_compile_definitions(${stem}_objects PRIVATE
    CLEAT_PLUGIN_SYMBOL=cleat_plugin_${symbol} CLEAT_BUILTIN=1)
  set(joined ${CMAKE_CURRENT_BINARY_DIR}/${stem}_builtin.o)
  add_custom_command(OUTPUT ${joined}
    COMMAND ${CMAKE_LINKER} -r -o ${joined} $<TARGET_OBJECTS:${stem}_objects>
    COMMAND ${CMAKE_OBJCOPY} --keep-global-symbol=cleat_plugin_${symbol} ${joined}
    DEPENDS ${stem}_objects $<TARGET_OBJECTS:${stem}_objects>
    COMMAND_EXPAND_LISTS VERBATIM)
  add_custom_target(${stem}_builtin_object DEPENDS ${joined})
  add_library(${stem}_builtin INTERFACE)
  target_link_libraries(${stem}_builtin INTERFACE ${joined})
  add_dependencies(${stem}_builtin ${stem}_builtin_object)
endfunction()

# cleat_program(NAME [STATIC] SOURCES ... LINK ...): build/bin/NAME. STATIC: static-pie, and each
# dependency of CleatDependencies.cmake is linked in its _STATIC form.
function(cleat_program name)
  cmake_parse_arguments(A "STATIC" "" "SOURCES;LINK" ${ARGN})
  if(NOT CLEAT_STATIC)
    set(A_STATIC FALSE) # the sanitizers' runtimes are shared objects
  endif()
  add_executable(${name} ${A_SOURCES})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/core ${PROJECT_SOURCE_DIR}/sdk/include)
  target_link_libraries(${name} PRIVATE cleat_flags)
  foreach(lib ${A_LINK})
    if(A_STATIC AND TARGET ${lib}_STATIC)
      target_link_libraries(${name} PRIVATE ${lib}_STATIC)
    else()
      target_link_libraries(${name} PRIVATE ${lib})
    endif()
  endforeach()
  set_target_properties(${name} PROPERTIES CLEAT_STATIC "${A_STATIC}")
  if(A_STATIC)
    target_link_options(${name} PRIVATE -static-pie)
    # or CMake ends the line with -Bdynamic: a libc.so that nothing loads, and a crash in _start
    set_target_properties(${name} PROPERTIES LINK_SEARCH_START_STATIC ON LINK_SEARCH_END_STATIC ON)
  else()
    target_link_options(${name} PRIVATE -pie -Wl,--as-needed)
  endif()
endfunction()

# cleat_builtins(PROGRAM STEM...): link plugins STEM (see cleat_plugin) into PROGRAM as libltdl's
# preloaded modules. A STATIC program is sealed (core/plugin/sealed.c): it contains no dlopen, and
# nothing can be opened from a file. Call it after cleat_program; sub-folder order does not matter.
function(cleat_builtins program)
  set(declarations "")
  set(rows "")
  foreach(stem ${ARGN})
    string(REPLACE "-" "_" symbol ${stem})
    string(APPEND declarations "extern const struct cleat_plugin cleat_plugin_${symbol};\n")
    string(APPEND rows
      "\t{ \"${stem}\", \"/builtin/${stem}.a\", &cleat_plugin_${symbol} },\n")
    target_link_libraries(${program} PRIVATE ${stem}_builtin)
  endforeach()
  list(LENGTH ARGN count)
  set(sealed false)
  get_target_property(static ${program} CLEAT_STATIC)
  if(static)
    set(sealed true)
    target_sources(${program} PRIVATE ${PROJECT_SOURCE_DIR}/core/plugin/sealed.c)
  endif()
  set(file ${CMAKE_CURRENT_BINARY_DIR}/${program}_builtins.c)
  file(CONFIGURE OUTPUT ${file} @ONLY CONTENT "/* made by cleat_builtins() for @program@ */
#include \"plugin/builtin.h\"

@declarations@
static const struct builtin items[] = {
@rows@};
const struct builtins program_builtins = { items, @count@, @sealed@ };
")
  target_sources(${program} PRIVATE ${file})
  target_include_directories(${program} PRIVATE ${LTDL_INCLUDE})
endfunction()

# cleat_seals(PROGRAM): a static one begins in core/base/seal_entry.c; it defines seal_words. A dynamic one has had its
# libraries loaded before anything of ours runs, and is sealed by seal.c alone.
function(cleat_seals program)
  get_target_property(static ${program} CLEAT_STATIC)
  if(NOT static OR NOT CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|aarch64")
    return()
  endif()
  add_library(${program}_entry OBJECT ${PROJECT_SOURCE_DIR}/core/base/seal_entry.c)
  target_include_directories(${program}_entry PRIVATE ${PROJECT_SOURCE_DIR}/sdk/include)
  target_link_libraries(${program}_entry PRIVATE cleat_flags)
  # Before the C library: no canary, and no loop that becomes a call of memcpy (-O1). A source's options come last.
  set_source_files_properties(${PROJECT_SOURCE_DIR}/core/base/seal_entry.c PROPERTIES COMPILE_OPTIONS
    "-fPIE;-O1;-fno-stack-protector;-fno-builtin")
  target_sources(${program} PRIVATE $<TARGET_OBJECTS:${program}_entry>)
  target_link_options(${program} PRIVATE -Wl,-e,seal_entry)
endfunction()
