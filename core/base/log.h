/* SPDX-License-Identifier: Apache-2.0 */
/* log.h - one line per event, as text or JSON, to one descriptor: the only mutable global there is. */
#ifndef CORE_BASE_LOG_H
#define CORE_BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>

#include <cleat/host.h>

/** Where lines go. @program names the writer in each text line. Default: INFO as text to fd 2. */
void log_init(const char *program, int level, bool json, int fd);
/** Redirect to another descriptor (borrowed). */
void log_to(int fd);
bool log_wants(int level);
/** Write one line at @level (enum cleat_level). Never fails, never allocates, cut at 4 KiB. */
void log_line(int level, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void log_vline(int level, const char *scope, const char *fmt, va_list args)
	__attribute__((format(printf, 3, 0)));
/** "debug", "info", "warn", "error" to enum cleat_level, or -EINVAL. */
int log_level_parse(const char *word);

#endif
