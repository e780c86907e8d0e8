/* SPDX-License-Identifier: Apache-2.0 */
/* start.h - the socket on which a created container waits. */
#ifndef RUNTIME_LINUX_START_H
#define RUNTIME_LINUX_START_H

#include <cleat/error.h>

struct box;

/** Bind and listen in @state_fd. Descriptor (O_CLOEXEC) or -errno with @err filled. */
int start_listen(int state_fd, struct cleat_error *err);
/** Can the agent of a filter that notifies be reached? 0 also when there is no such filter. */
int start_probe_agent(struct box *box, struct cleat_error *err);
/** Give @listener, which is closed, to the agent and tell init over @fd that it may go on. */
int start_send_listener(struct box *box, int fd, int listener, struct cleat_error *err);

#endif
