/* SPDX-License-Identifier: Apache-2.0 */
/* start.h - the socket on which a created container waits. */
#ifndef RUNTIME_LINUX_START_H
#define RUNTIME_LINUX_START_H

#include <cleat/error.h>

/** Bind and listen in @state_fd. Descriptor (O_CLOEXEC) or -errno with @err filled. */
int start_listen(int state_fd, struct cleat_error *err);

#endif
