/* SPDX-License-Identifier: Apache-2.0 */
/* ago.c - times and sizes in words. */
#include "cli/ago.h"

#include <stdio.h>

#include "base/clock.h"

static void count(char out[AGO_TEXT], uint64_t n, const char *unit)
{
	(void)snprintf(out, AGO_TEXT, "%llu %s%s", (unsigned long long)n, unit, n == 1 ? "" : "s");
}

void ago_duration(uint64_t ns, char out[AGO_TEXT])
{
	uint64_t seconds = ns / NS_PER_S;
	uint64_t minutes = seconds / 60;
	uint64_t hours = (minutes + 30) / 60;

	if (seconds < 1)
		(void)snprintf(out, AGO_TEXT, "Less than a second");
	else if (seconds < 60)
		count(out, seconds, "second");
	else if (minutes == 1)
		(void)snprintf(out, AGO_TEXT, "About a minute");
	else if (minutes < 60)
		count(out, minutes, "minute");
	else if (hours == 1)
		(void)snprintf(out, AGO_TEXT, "About an hour");
	else if (hours < 48)
		count(out, hours, "hour");
	else if (hours < 24 * 7 * 2)
		count(out, hours / 24, "day");
	else if (hours < 24 * 30 * 2)
		count(out, hours / 24 / 7, "week");
	else if (hours < 24 * 365 * 2)
		count(out, hours / 24 / 30, "month");
	else
		count(out, hours / 24 / 365, "year");
}

void ago_since(uint64_t then, uint64_t now, char out[AGO_TEXT])
{
	char words[AGO_TEXT];

	out[0] = '\0';
	if (then == 0)
		return;
	ago_duration(now > then ? now - then : 0, words);
	(void)snprintf(out, AGO_TEXT, "%.*s ago", AGO_TEXT - 8, words);
}

void ago_size(uint64_t bytes, char out[AGO_TEXT])
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	double size = (double)bytes;
	unsigned unit = 0;

	/* 999.5 of a unit would print as 1e+03. */
	for (; size >= 999.5 && unit < 6; unit++)
		size /= 1000;
	(void)snprintf(out, AGO_TEXT, "%.3g%s", size, units[unit]);
}
