/* SPDX-License-Identifier: Apache-2.0 */
/* stdio.h - musl's, whose streams are variables as well: the macros of their names would hit members called so. */
#include_next <stdio.h>

#undef stdin
#undef stdout
#undef stderr
