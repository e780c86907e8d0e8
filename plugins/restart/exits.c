/* SPDX-License-Identifier: Apache-2.0 */
/* exits.c - lists of ends, "2,78,SIGTERM": exit codes and signals. */
#include "decide.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static const struct {
	const char *name;
	int number;
} signals[] = {
	{ "HUP", SIGHUP },   { "INT", SIGINT },   { "QUIT", SIGQUIT }, { "ILL", SIGILL },
	{ "TRAP", SIGTRAP }, { "ABRT", SIGABRT }, { "BUS", SIGBUS },   { "FPE", SIGFPE },
	{ "KILL", SIGKILL }, { "USR1", SIGUSR1 }, { "SEGV", SIGSEGV }, { "USR2", SIGUSR2 },
	{ "PIPE", SIGPIPE }, { "ALRM", SIGALRM }, { "TERM", SIGTERM }, { "XCPU", SIGXCPU },
	{ "XFSZ", SIGXFSZ }, { "SYS", SIGSYS },
};

static int to_signal(const char *word, size_t len)
{
	if (len > 3 && strncmp(word, "SIG", 3) == 0) {
		word += 3;
		len -= 3;
	}
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		if (strlen(signals[i].name) == len && strncmp(signals[i].name, word, len) == 0)
			return signals[i].number;
	return -1;
}

static int to_code(const char *word, size_t len)
{
	int code = 0;

	if (len == 0 || len > 3)
		return -1;
	for (size_t i = 0; i < len; i++) {
		if (word[i] < '0' || word[i] > '9')
			return -1;
		code = code * 10 + (word[i] - '0');
	}
	return code <= 255 ? code : -1;
}

/* The next word at *list; its length, 0 at the end. */
static size_t next(const char **list)
{
	*list += strspn(*list, ", ");
	return strcspn(*list, ", ");
}

bool exits_match(const char *list, const struct cleat_exit *exit)
{
	size_t len = 0;

	for (; list && (len = next(&list)) > 0; list += len) {
		int signal = to_signal(list, len);

		if (signal > 0 ? exit->signal == signal : to_code(list, len) == exit->code)
			return true;
	}
	return false;
}

int exits_check(const char *key, const char *list, struct cleat_error *err)
{
	size_t len = 0;

	for (; list && (len = next(&list)) > 0; list += len)
		if (to_signal(list, len) < 0 && to_code(list, len) < 0)
			return cleat_fail(err, EINVAL,
					  "bad value for key '%s': '%.*s' is neither an exit code "
					  "(0..255) nor a signal (SIGTERM)",
					  key, (int)(len < 64 ? len : 64), list);
	return 0;
}
