/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp_notify.h - SCMP_ACT_NOTIFY: from the filter's listener to the agent at listenerPath.
 *
 * The child loads the filter and hands the listener to whoever waits for it (the runtime at create
 * and exec, the caller of start otherwise), who sends it on with a ContainerProcessState.
 */
#ifndef RUNTIME_LINUX_SECCOMP_NOTIFY_H
#define RUNTIME_LINUX_SECCOMP_NOTIFY_H

#include <sys/types.h>

#include <cleat/error.h>
#include <cleat/json.h>

/** Of which container, and in which state. All borrowed. */
struct seccomp_agent {
	const struct json *config; /**< config.json, for the path, the metadata and annotations */
	const char *id, *bundle;
	const char *status; /**< "creating", "created", "running" */
	pid_t init_pid;     /**< 0: the process that is filtered is init */
};

/**
 * Is somebody bound to the path of @config? Without connecting: an agent takes a connection for a
 * container. No listenerPath is success.
 */
int seccomp_notify_probe(const struct json *config, struct cleat_error *err);
/** Send @listener, of process @pid, to the agent. */
int seccomp_notify_send(const struct seccomp_agent *agent, pid_t pid, int listener,
			struct cleat_error *err);

#endif
