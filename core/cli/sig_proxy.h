/* SPDX-License-Identifier: Apache-2.0 */
/* sig_proxy.h - signals that we get are the program's: passed on, all but those that are about us. */
#ifndef CORE_CLI_SIG_PROXY_H
#define CORE_CLI_SIG_PROXY_H

#include <stdbool.h>
#include <stdint.h>

#include <cleat/error.h>

struct cli;
struct cleat_watch;
struct session_plan;

enum { SIG_PROXY_MAX = 12 };

struct sig_proxy {
	struct cli *cli;
	const struct session_plan *plan;
	struct sig_watch {
		struct sig_proxy *proxy;
		struct cleat_watch *watch;
		int number;
	} watches[SIG_PROXY_MAX];
	bool started;
	uint64_t early;   /* set of signals that came before the program ran */
	unsigned insists; /* how often the user asked it to end */
	int leave;        /* not 0: leave with this exit code */
};

/** Catch signals from now on. Those that come before sig_proxy_started wait for it. */
int sig_proxy_start(struct sig_proxy *proxy, struct cli *cli, const struct session_plan *plan);
void sig_proxy_started(struct sig_proxy *proxy);
void sig_proxy_stop(struct sig_proxy *proxy);

#endif
