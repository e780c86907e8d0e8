/* SPDX-License-Identifier: Apache-2.0 */
/* fixture.h - io/fifo on a loop, with three fifos of a client in a directory of its own. */
#ifndef IO_FIFO_TESTS_FIXTURE_H
#define IO_FIFO_TESTS_FIXTURE_H

#include "support/unit.h"

#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include <cleat/io.h>
#include <cleat/plugin.h>

#include "base/clock.h"
#include "base/loop.h"

struct fixture {
	struct loop *loop;
	struct cleat_host host;
	const struct cleat_io_ops *ops;
	void *self, *stream;
	char dir[32], in[64], out[64], err[64], file[64];
	struct cleat_io_request req;
	struct cleat_stdio stdio;
	unsigned drained;
};

/** [io/fifo] of the streams that are opened. */
extern struct settings fixture_settings;

void fixture_open(struct fixture *f);
void fixture_close(struct fixture *f);
/** Open the stream with what is in f->req. */
int fixture_stream(struct fixture *f, struct cleat_error *err);
/** The program is gone: its ends are closed. */
void fixture_program_ends(struct fixture *f);
/** Run the loop for @ms milliseconds at least. */
void fixture_run(struct fixture *f, unsigned ms);
/** A terminal hands over its last bytes in its own time: wait for the event, five seconds at most. */
void fixture_run_until_drained(struct fixture *f);
void fixture_drain(struct fixture *f, unsigned limit_ms);
/** Bytes that can be read from @fd now, as text; "" for none, "EOF" at the end. */
const char *fixture_read(int fd);

#endif
