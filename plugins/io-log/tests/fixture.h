/* SPDX-License-Identifier: Apache-2.0 */
/* fixture.h - io/log on a loop, with a log directory of its own. */
#ifndef IO_LOG_TESTS_FIXTURE_H
#define IO_LOG_TESTS_FIXTURE_H

#include "support/unit.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <cleat/io.h>
#include <cleat/plugin.h>

#include "base/clock.h"
#include "base/loop.h"
#include "log.h"

struct fixture {
	struct loop *loop;
	struct cleat_host host;
	const struct cleat_io_ops *ops;
	struct settings settings;
	struct io_log io;
	void *stream;
	char dir[32];
	struct cleat_io_request req;
	struct cleat_stdio stdio;
	unsigned drained, warnings;
};
extern struct fixture f;

void fixture_open(void);
void fixture_close(void);
/** Open the stream with what is in f.req. */
int fixture_stream(struct cleat_error *err);
void fixture_say(int fd, const char *text);
/** The program is gone: its ends are closed, everything is drained. */
void fixture_end(void);
void fixture_run(unsigned ms);
/** A file of the log directory; "" when it is not there. Static buffer. */
const char *fixture_file(const char *name);
/** How often @what is in @text. */
unsigned fixture_times(const char *text, const char *what);

#endif
