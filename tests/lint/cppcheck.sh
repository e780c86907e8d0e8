#!/bin/bash
# cppcheck finds nothing in our sources. It does not know __attribute__((cleanup)): no leaks by it.
cd "$(dirname "$0")/../.." || exit 1
cppcheck --quiet --std=c11 --enable=warning,portability --inline-suppr --error-exitcode=1 \
	--suppress=missingIncludeSystem --suppress=missingInclude --suppress=normalCheckLevelMaxBranches \
	--suppress=unknownMacro --suppress=funcArgOrderDifferent --suppress=memleak --suppress=resourceLeak -D__x86_64__=1 -D_GNU_SOURCE -Icore -Isdk/include -j2 core plugins sdk
