/* SPDX-License-Identifier: Apache-2.0 */
/* analyzer.h - what the analyzer cannot see in other files: a failure is always negative. */
#include <cleat/error.h>

#define cleat_fail(...) (cleat_fail(__VA_ARGS__), -1)
#define cleat_wrap(...) (cleat_wrap(__VA_ARGS__), -1)
