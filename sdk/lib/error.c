/* SPDX-License-Identifier: Apache-2.0 */
/* error.c - fill and extend a struct cleat_error. */
#include <cleat/error.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* It quotes names of strangers: no line of a log is to be forged, and no terminal commanded. */
static void flatten(char *text)
{
	for (char *c = text; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = *c == '\n' || *c == '\t' ? ' ' : '?';
}

int cleat_fail(struct cleat_error *err, int errnum, const char *fmt, ...)
{
	va_list args;

	err->errnum = errnum > 0 ? errnum : EIO;
	errno = err->errnum; /* for %m */
	va_start(args, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, args); /* cut is better than lost */
	va_end(args);
	flatten(err->text);
	return -err->errnum;
}

int cleat_wrap(struct cleat_error *err, const char *fmt, ...)
{
	char context[sizeof(err->text)];
	char inner[sizeof(err->text)];
	va_list args;

	memcpy(inner, err->text, sizeof(inner));
	inner[sizeof(inner) - 1] = '\0';
	errno = err->errnum;
	va_start(args, fmt);
	(void)vsnprintf(context, sizeof(context), fmt, args);
	va_end(args);
	flatten(context);
	size_t used = strlen(context);

	(void)snprintf(err->text, sizeof(err->text), "%s", context);
	if (used + 2 < sizeof(err->text)) {
		size_t room = sizeof(err->text) - used - 3;
		size_t n = strnlen(inner, room);

		memcpy(err->text + used, ": ", 2);
		memcpy(err->text + used + 2, inner, n);
		err->text[used + 2 + n] = '\0';
	}
	if (err->errnum <= 0)
		err->errnum = EIO;
	return -err->errnum;
}
