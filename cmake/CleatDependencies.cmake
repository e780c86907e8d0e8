# Every library of the project in one place. NAME becomes the interface target NAME (dynamic) and
# NAME_STATIC (the .a, for the static programs). README.md gives each its reason.
find_package(PkgConfig REQUIRED)

function(cleat_dependency name module static_library)
  pkg_check_modules(${name}_PC REQUIRED IMPORTED_TARGET ${module})
  add_library(${name} INTERFACE)
  target_link_libraries(${name} INTERFACE PkgConfig::${name}_PC)
  add_library(${name}_STATIC INTERFACE)
  target_include_directories(${name}_STATIC INTERFACE ${${name}_PC_INCLUDE_DIRS})
  target_link_libraries(${name}_STATIC INTERFACE ${static_library})
endfunction()

cleat_dependency(YAJL yajl libyajl_s.a)
cleat_dependency(EVENT libevent_core libevent_core.a)
cleat_dependency(PROTOBUF_C libprotobuf-c libprotobuf-c.a)
cleat_dependency(SECCOMP libseccomp libseccomp.a)
cleat_dependency(CAP libcap libcap.a)
cleat_dependency(INIH inih libinih.a)
cleat_dependency(SQLITE sqlite3 libsqlite3.a)
cleat_dependency(NETTLE nettle libnettle.a)
pkg_check_modules(SMARTCOLS REQUIRED IMPORTED_TARGET smartcols)
pkg_check_modules(ARCHIVE REQUIRED IMPORTED_TARGET libarchive)

# libltdl has no pkg-config file.
find_library(LTDL_LIBRARY ltdl REQUIRED)
find_path(LTDL_INCLUDE ltdl.h REQUIRED)
add_library(LTDL INTERFACE)
target_include_directories(LTDL INTERFACE ${LTDL_INCLUDE})
target_link_libraries(LTDL INTERFACE ${LTDL_LIBRARY} ${CMAKE_DL_LIBS})
add_library(LTDL_STATIC INTERFACE)
target_include_directories(LTDL_STATIC INTERFACE ${LTDL_INCLUDE})
target_link_libraries(LTDL_STATIC INTERFACE libltdl.a)

find_program(PROTOC_C protoc-c REQUIRED)
