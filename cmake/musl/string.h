/* SPDX-License-Identifier: Apache-2.0 */
/* string.h - musl's, and sigabbrev_np(3). */
#ifndef CLEAT_MUSL_STRING_H
#define CLEAT_MUSL_STRING_H

#include_next <string.h>

static inline const char *sigabbrev_np(int signal)
{
	static const char *const names[] = {
		[1] = "HUP",     [2] = "INT",   [3] = "QUIT",   [4] = "ILL",   [5] = "TRAP",
		[6] = "ABRT",    [7] = "BUS",   [8] = "FPE",    [9] = "KILL",  [10] = "USR1",
		[11] = "SEGV",   [12] = "USR2", [13] = "PIPE",  [14] = "ALRM", [15] = "TERM",
		[16] = "STKFLT", [17] = "CHLD", [18] = "CONT",  [19] = "STOP", [20] = "TSTP",
		[21] = "TTIN",   [22] = "TTOU", [23] = "URG",   [24] = "XCPU", [25] = "XFSZ",
		[26] = "VTALRM", [27] = "PROF", [28] = "WINCH", [29] = "POLL", [30] = "PWR",
		[31] = "SYS",
	}; /* x86-64 and aarch64 agree */

	return signal > 0 && signal < 32 ? names[signal] : (const char *)0;
}

#endif
