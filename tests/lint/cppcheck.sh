#!/bin/bash
# cppcheck finds nothing in our sources. It does not know __attribute__((cleanup)): no leaks by it. The compiler
# itself checks that NULL ends a list of arguments (sentinel), and NULL is a pointer in every C library that we build with.
cd "$(dirname "$0")/../.." || exit 1
cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 \
	--suppress=varFuncNullUB --suppress=missingIncludeSystem --suppress=missingInclude --suppress=normalCheckLevelMaxBranches \
	--suppress=unknownMacro --suppress=funcArgOrderDifferent --suppress=memleak --suppress=resourceLeak -D__x86_64__=1 -D_GNU_SOURCE -Icore -Isdk/include -j2 core plugins sdk
