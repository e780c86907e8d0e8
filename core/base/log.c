/* SPDX-License-Identifier: Apache-2.0 */
/* log.c - one write(2) a line, so that lines of several processes do not mix. */
#include "log.h"

#include "clock.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_BYTES = 4096 };

static struct {
	const char *program;
	int level, fd;
	bool json;
} logger = { .program = "cleat", .level = CLEAT_INFO, .fd = STDERR_FILENO };

static const char *const names[] = { "debug", "info", "warn", "error" };

void log_init(const char *program, int level, bool json, int fd)
{
	logger.program = program;
	logger.level = level;
	logger.json = json;
	logger.fd = fd;
}

void log_to(int fd)
{
	logger.fd = fd;
}

bool log_wants(int level)
{
	return level >= logger.level;
}

int log_level_parse(const char *word)
{
	for (int i = 0; i < 4; i++)
		if (strcmp(word, names[i]) == 0)
			return i;
	return -EINVAL;
}

/* Escape for JSON: quotes, backslashes, control characters. Returns bytes used. */
static size_t escape(char *out, size_t room, const char *text)
{
	size_t used = 0;

	for (; *text && used + 7 < room; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '"' || c == '\\') {
			out[used++] = '\\';
			out[used++] = (char)c;
		} else if (c < 0x20) {
			used += (size_t)snprintf(out + used, room - used, "\\u%04x", c);
		} else {
			out[used++] = (char)c;
		}
	}
	out[used] = '\0';
	return used;
}

void log_vline(int level, const char *scope, const char *fmt, va_list args)
{
	char message[LINE_MAX_BYTES / 2];
	char line[LINE_MAX_BYTES];
	char when[CLOCK_TEXT];
	int saved = errno;
	int n = 0;

	if (!log_wants(level))
		return;
	clock_rfc3339(clock_now(CLOCK_REALTIME), when);
	errno = saved; /* for %m */
	(void)vsnprintf(message, sizeof(message), fmt, args);
	if (level < 0 || level > CLEAT_ERROR)
		level = CLEAT_ERROR;
	if (logger.json) {
		char escaped[LINE_MAX_BYTES - 512];

		(void)escape(escaped, sizeof(escaped), message);
		n = snprintf(line, sizeof(line),
			     "{\"level\":\"%s\",\"program\":\"%s\",\"scope\":\"%s\",\"msg\":\"%s\","
			     "\"time\":\"%s\"}\n",
			     names[level], logger.program, scope ? scope : "", escaped, when);
	} else {
		for (char *p = message; *p; p++)
			if (*p == '\n')
				*p = ' ';
		n = snprintf(line, sizeof(line), "%s %s %s: %s%s%s\n", when, names[level],
			     logger.program, scope ? scope : "", scope ? ": " : "", message);
	}
	if (n > 0) {
		size_t len = (size_t)n < sizeof(line) ? (size_t)n : sizeof(line) - 1;

		(void)!write(logger.fd, line, len); /* where would we report it? */
	}
	errno = saved;
}

void log_line(int level, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	log_vline(level, NULL, fmt, args);
	va_end(args);
}
