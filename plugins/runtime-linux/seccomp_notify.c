/* SPDX-License-Identifier: Apache-2.0 */
/* seccomp_notify.c - the runtime's half: reach the agent and give it the listener. */
#include "seccomp_notify.h"

#include "hooks_state.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <yajl/yajl_gen.h>

static const struct json *seccomp_of(const struct json *config)
{
	return json_get(json_get(config, "linux"), "seccomp");
}

static int address_of(const char *path, struct sockaddr_un *out, struct cleat_error *err)
{
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof(out->sun_path))
		return cleat_fail(err, ENAMETOOLONG,
				  "cannot reach the seccomp agent at '%.120s': the path is longer "
				  "than %zu bytes",
				  path, sizeof(out->sun_path) - 1);
	memcpy(out->sun_path, path, strlen(path));
	return 0;
}

int seccomp_notify_probe(const struct json *config, struct cleat_error *err)
{
	struct sockaddr_un address;
	const char *path = json_text(json_get(seccomp_of(config), "listenerPath"));
	_cleanup_close_ int fd = -1;
	int r = path ? address_of(path, &address, err) : 0;

	if (!path || r < 0)
		return r;
	/* Of the other type: the kernel finds the agent's socket, refuses us and tells it nothing. */
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		errno = EPROTOTYPE;
	else if (fd >= 0 && errno == EPROTOTYPE)
		return 0;
	return cleat_fail(err, errno, "cannot reach the seccomp agent at '%s': %m", path);
}

static int connect_agent(const char *path, struct cleat_error *err)
{
	struct sockaddr_un address;
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	/* An agent that never accepts must not hold the container for ever. */
	struct timeval limit = { .tv_sec = 10 };
	int r = address_of(path, &address, err);

	if (r < 0)
		return r;
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return cleat_fail(err, errno, "cannot reach the seccomp agent at '%s': %m", path);
	return take_fd(&fd);
}

/* The descriptor travels with the first bytes; the text may need more than one call. */
static int send_state(int fd, int listener, const char *text)
{
	union {
		struct cmsghdr head;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec data = { .iov_base = (void *)(uintptr_t)text, .iov_len = strlen(text) };
	struct msghdr message = { .msg_iov = &data,
				  .msg_iovlen = 1,
				  .msg_control = control.space,
				  .msg_controllen = sizeof(control.space) };

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(&control.head), &listener, sizeof(int));
	while (data.iov_len > 0) {
		ssize_t n = sendmsg(fd, &message, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? -errno : -EIO;
		message.msg_control = NULL;
		message.msg_controllen = 0;
		data.iov_base = (char *)data.iov_base + n;
		data.iov_len -= (size_t)n;
	}
	return 0;
}

static void put(yajl_gen gen, const char *text)
{
	(void)yajl_gen_string(gen, (const unsigned char *)text, strlen(text));
}

/* The specification's ContainerProcessState. */
static void put_document(yajl_gen gen, const struct seccomp_agent *agent, pid_t pid,
			 const char *state)
{
	const char *version = json_text(json_get(agent->config, "ociVersion"));
	const char *metadata = json_text(json_get(seccomp_of(agent->config), "listenerMetadata"));

	(void)yajl_gen_config(gen, yajl_gen_escape_solidus, 0);
	(void)yajl_gen_map_open(gen);
	put(gen, "ociVersion");
	put(gen, version ? version : "1.0.0");
	put(gen, "fds");
	(void)yajl_gen_array_open(gen);
	put(gen, "seccompFd");
	(void)yajl_gen_array_close(gen);
	put(gen, "pid");
	(void)yajl_gen_integer(gen, pid);
	if (metadata) {
		put(gen, "metadata");
		put(gen, metadata);
	}
	put(gen, "state");
	(void)yajl_gen_number(gen, state, strlen(state)); /* as it is: it is JSON already */
	(void)yajl_gen_map_close(gen);
}

static char *document(const struct seccomp_agent *agent, pid_t pid)
{
	_cleanup_free_ char *state =
		hooks_state_json(agent->config, agent->id, agent->bundle, agent->status,
				 agent->init_pid ? agent->init_pid : pid);
	yajl_gen gen = state ? yajl_gen_alloc(NULL) : NULL;
	const unsigned char *text = NULL;
	size_t len = 0;
	char *copy = NULL;

	if (!gen)
		return NULL;
	put_document(gen, agent, pid, state);
	if (yajl_gen_get_buf(gen, &text, &len) == yajl_gen_status_ok)
		copy = strdup((const char *)text);
	yajl_gen_free(gen);
	return copy;
}

int seccomp_notify_send(const struct seccomp_agent *agent, pid_t pid, int listener,
			struct cleat_error *err)
{
	const char *path = json_text(json_get(seccomp_of(agent->config), "listenerPath"));
	_cleanup_free_ char *text = document(agent, pid);

	if (!text)
		return cleat_fail(err, ENOMEM, "cannot describe the container to its agent: %m");
	if (!path)
		return cleat_fail(err, EPROTO, "a filter without listenerPath gave a listener");
	_cleanup_close_ int fd = connect_agent(path, err);

	if (fd < 0)
		return fd;
	int r = send_state(fd, listener, text);

	return r < 0 ? cleat_fail(err, -r, "cannot send to the seccomp agent at '%s': %m", path)
		     : 0;
}
