/* SPDX-License-Identifier: Apache-2.0 */
/* mountinfo.c - paths as the kernel writes them in tables. */
#include "mountinfo.h"

#include <stdio.h>
#include <string.h>

void mountinfo_unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		unsigned int code = 0;

		if (from[0] == '\\' && sscanf(from + 1, "%3o", &code) == 1 && strlen(from) >= 4) {
			*to = (char)code;
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}
