/* SPDX-License-Identifier: Apache-2.0 */
/* bootstrap.h - what `start` reads from standard input, and the form in which it answers. */
#ifndef CORE_SHIM_BOOTSTRAP_H
#define CORE_SHIM_BOOTSTRAP_H

#include "options.h"
#include "shim.h"

/** Strings are owned, NULL where nothing was said. */
struct bootstrap {
	bool given; /* by BootstrapParams: a daemon of 2.3 or later */
	bool debug;
	char *ttrpc_address, *socket_dir;
	struct runc_options options;
};

/**
 * Read standard input, when it can have an end: BootstrapParams for this very @flags, or an Any of
 * options, or nothing. What nobody understands is passed over: it must not keep a container from
 * starting. Fails only for memory.
 */
int bootstrap_read(const struct flags *flags, struct bootstrap *out, struct cleat_error *err);
/** The same for bytes: for tests. */
int bootstrap_parse(const struct flags *flags, const void *bytes, size_t len, struct bootstrap *out,
		    struct cleat_error *err);
void bootstrap_fini(struct bootstrap *bootstrap);
#define _cleanup_bootstrap_ __attribute__((cleanup(bootstrap_fini)))

/**
 * Write the server's @address to @fd as the caller understands it: BootstrapResult for whoever sent
 * parameters, JSON for containerd 1.7 to 2.2, which says so in MAX_SHIM_VERSION, else plain text
 * without a newline, which 1.6 wants.
 */
int bootstrap_answer(const struct bootstrap *bootstrap, bool engine, int fd, const char *address,
		     struct cleat_error *err);

#endif
