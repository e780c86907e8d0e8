/* SPDX-License-Identifier: Apache-2.0 */
/* attach_ends.h - pipes to a running program's streams, by way of its shim. */
#ifndef CORE_CLI_ATTACH_ENDS_H
#define CORE_CLI_ATTACH_ENDS_H

#include <stdbool.h>

#include <cleat/error.h>

/** Our ends; -1 for a stream that is not wanted. */
struct attach_ends {
	int in, out, err;
	int life; /* as long as it is open, the shim counts us as there */
};

/**
 * Connect to @socket of AttachResponse, hand the other ends over and wait until they are in place. All
 * descriptors are the caller's, O_NONBLOCK but for `life`.
 */
int attach_ends_open(const char *socket, bool in, bool err_stream, struct attach_ends *out,
		     struct cleat_error *err);

#endif
