/* SPDX-License-Identifier: Apache-2.0 */
/*
 * each.h - one call for each container that was named: docker's manners.
 *
 * Each is printed back on success, each failure is a line on stderr, the rest go on, and the exit code
 * is 1 when any failed.
 */
#ifndef CORE_CLI_EACH_H
#define CORE_CLI_EACH_H

#include "cli/cli.h"

/** What @one may return: nothing was done and nothing failed, so nothing is printed. */
enum { EACH_QUIETLY = 1 << 10 };
/**
 * Run @one for each positional argument; @print: print the argument when it succeeded. It returns 0, a
 * negative errno with cli->err, the exit code of a failure that it told itself, or EACH_QUIETLY.
 */
int each(struct cli *cli, bool print, int (*one)(struct cli *cli, char *name));
/** docker's rule for a removal that gave @r: with -f what is not there is said, and is no failure. */
int each_forced(struct cli *cli, bool force, int r);
/** A call whose request is namespace and id. */
int each_simple(struct cli *cli, const char *method, char *name);
/** -t, --timeout, --time: *out_set tells whether it was given. */
int each_timeout(struct cli *cli, int64_t *out_seconds, bool *out_set);
/** -s: a signal's number; *out stays when it was not given. */
int each_signal(struct cli *cli, uint32_t *out);

#endif
