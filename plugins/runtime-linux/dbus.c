/* SPDX-License-Identifier: Apache-2.0 */
/* dbus.c - connect, prove who we are, ask, wait. */
#include "dbus.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#define SYSTEM_BUS     "/run/dbus/system_bus_socket"
#define PRIVATE_SOCKET "/run/systemd/private"
#define NOBODY                                                                                     \
	"cannot reach systemd to make the cgroup: %m on '%s'; run systemd with a message bus, or " \
	"use the cgroupfs driver"

enum {
	TIMEOUT_MS = 30000,
	FIELD_PATH = 1,
	FIELD_INTERFACE = 2,
	FIELD_MEMBER = 3,
	FIELD_DESTINATION = 6,
	FIELD_SIGNATURE = 8
};

static int64_t now_ms(void)
{
	struct timespec now = { 0 };

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* cannot fail */
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* "unix:path=/run/user/0/bus,guid=..." among others, separated by ';'. */
static bool path_of_address(const char *address, char *out, size_t size)
{
	static const char prefix[] = "unix:path=";
	const char *at = address ? strstr(address, prefix) : NULL;

	if (!at)
		return false;
	at += strlen(prefix);
	size_t len = strcspn(at, ",;");

	return len > 0 && (size_t)snprintf(out, size, "%.*s", (int)len, at) < size;
}

static void choose_path(bool user, char *out, size_t size)
{
	const char *address = getenv(user ? "DBUS_SESSION_BUS_ADDRESS" : "DBUS_SYSTEM_BUS_ADDRESS");
	const char *run = getenv("XDG_RUNTIME_DIR");

	if (path_of_address(address, out, size))
		return;
	if (!user)
		(void)snprintf(out, size, "%s", SYSTEM_BUS);
	else if (run && *run)
		(void)snprintf(out, size, "%s/bus", run);
	else
		(void)snprintf(out, size, "/run/user/%u/bus", (unsigned)geteuid());
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return take_fd(&fd);
}

static int send_all(int fd, const void *data, size_t len)
{
	const char *at = data;

	while (len > 0) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* Exactly @len bytes, before @deadline. */
static int receive_all(int fd, void *data, size_t len, int64_t deadline)
{
	char *at = data;

	while (len > 0) {
		struct pollfd readable = { .fd = fd, .events = POLLIN };
		int64_t left = deadline - now_ms();
		int ready = left <= 0 ? 0 : poll(&readable, 1, (int)left);

		if (ready == 0)
			return -ETIMEDOUT;
		ssize_t n = ready < 0 ? -1 : recv(fd, at, len, 0);

		if (n == 0)
			return -ECONNRESET;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			at += n;
			len -= (size_t)n;
		}
	}
	return 0;
}

/* One line of the handshake, without its end. Byte by byte: what follows is binary. */
static int receive_line(int fd, char *out, size_t size, int64_t deadline)
{
	for (size_t used = 0; used + 1 < size; used++) {
		int r = receive_all(fd, out + used, 1, deadline);

		if (r < 0)
			return r;
		if (out[used] == '\n') {
			out[used > 0 && out[used - 1] == '\r' ? used - 1 : used] = '\0';
			return 0;
		}
	}
	return -EBADMSG;
}

/* SASL EXTERNAL: the kernel tells the other side who we are, the name only has to fit. */
static int authenticate(int fd)
{
	char uid[16];
	char line[256];
	char text[sizeof("\0AUTH EXTERNAL \r\n") + 2 * sizeof(uid)];
	int n = snprintf(uid, sizeof(uid), "%u", (unsigned)geteuid());
	size_t used = (size_t)snprintf(text + 1, sizeof(text) - 1, "AUTH EXTERNAL ") + 1;

	text[0] = '\0';
	for (int i = 0; i < n; i++)
		used += (size_t)snprintf(text + used, sizeof(text) - used, "%02x",
					 (unsigned)(unsigned char)uid[i]);
	used += (size_t)snprintf(text + used, sizeof(text) - used, "\r\n");
	int r = send_all(fd, text, used);

	if (r == 0)
		r = receive_line(fd, line, sizeof(line), now_ms() + TIMEOUT_MS);
	if (r == 0 && strncmp(line, "OK ", 3) != 0)
		r = -EACCES;
	return r < 0 ? r : send_all(fd, "BEGIN\r\n", strlen("BEGIN\r\n"));
}

static int say_hello(struct dbus *bus, struct cleat_error *err)
{
	static const struct dbus_target broker = { "org.freedesktop.DBus", "/org/freedesktop/DBus",
						   "org.freedesktop.DBus" };
	struct dbus_message answer;

	return bus->private ? 0 : dbus_call(bus, &broker, "Hello", "", NULL, &answer, err);
}

int dbus_open_systemd(struct dbus *bus, bool user, struct cleat_error *err)
{
	char path[256];

	*bus = (struct dbus){ .fd = -1 };
	choose_path(user, path, sizeof(path));
	int r = connect_to(path);

	if (r < 0 && !user && !getenv("DBUS_SYSTEM_BUS_ADDRESS")) {
		int fd = connect_to(PRIVATE_SOCKET); /* a small system without a bus */

		bus->private = fd >= 0;
		r = fd >= 0 ? fd : r;
	}
	if (r < 0)
		return cleat_fail(err, -r, NOBODY, path);
	bus->fd = r;
	bus->buffer = malloc(DBUS_MAX + 16);
	r = bus->buffer ? authenticate(bus->fd) : -ENOMEM;
	r = r < 0 ? cleat_fail(err, -r, NOBODY, path) : say_hello(bus, err);
	if (r < 0)
		dbus_close(bus);
	return r;
}

void dbus_close(struct dbus *bus)
{
	cleat_closep(&bus->fd);
	free(bus->buffer);
	*bus = (struct dbus){ .fd = -1 };
}

static void put_field(struct dbus_bytes *out, uint8_t code, const char *type, const char *text)
{
	dbus_align(out, 8);
	dbus_put_byte(out, code);
	dbus_put_signature(out, type);
	if (*type == 'g')
		dbus_put_signature(out, text);
	else
		dbus_put_text(out, text);
}

static void put_call(struct dbus_bytes *out, const struct dbus *bus,
		     const struct dbus_target *target, const char *member, const char *signature,
		     uint32_t body_len)
{
	const uint16_t one = 1;
	bool little = *(const uint8_t *)&one == 1;

	dbus_put_byte(out, little ? 'l' : 'B');
	dbus_put_byte(out, DBUS_CALL);
	dbus_put_byte(out, 0);
	dbus_put_byte(out, 1);
	dbus_put_u32(out, body_len);
	dbus_put_u32(out, bus->serial);
	size_t begun = dbus_begin_array(out, 8);

	put_field(out, FIELD_PATH, "o", target->path);
	put_field(out, FIELD_INTERFACE, "s", target->interface);
	put_field(out, FIELD_MEMBER, "s", member);
	if (!bus->private)
		put_field(out, FIELD_DESTINATION, "s", target->destination);
	if (*signature)
		put_field(out, FIELD_SIGNATURE, "g", signature);
	dbus_end_array(out, begun, 8);
	dbus_align(out, 8);
}

static int receive(struct dbus *bus, int64_t deadline, struct dbus_message *out)
{
	int r = receive_all(bus->fd, bus->buffer, 16, deadline);
	size_t len = r < 0 ? 0 : dbus_message_length(bus->buffer);

	if (r < 0)
		return r;
	if (len < 16 || len > DBUS_MAX)
		return -EBADMSG;
	r = receive_all(bus->fd, bus->buffer + 16, len - 16, deadline);
	return r < 0 ? r : dbus_message_parse(bus->buffer, len, out);
}

static int judge(const struct dbus_message *answer, struct cleat_error *err)
{
	const char *text = NULL;
	size_t at = 0;

	if (answer->type == DBUS_RETURN)
		return 0;
	if (answer->signature && answer->signature[0] == 's')
		(void)dbus_get_text(answer, &at, &text);
	return cleat_fail(err, EREMOTEIO, "%s: %s", answer->error ? answer->error : "error",
			  text ? text : "no reason was given");
}

int dbus_call(struct dbus *bus, const struct dbus_target *target, const char *member,
	      const char *signature, const struct dbus_bytes *body, struct dbus_message *out,
	      struct cleat_error *err)
{
	struct dbus_bytes bytes = { 0 };
	int64_t deadline = now_ms() + TIMEOUT_MS;
	int r = 0;

	bus->serial++;
	put_call(&bytes, bus, target, member, signature, body ? (uint32_t)body->n : 0);
	if (body)
		dbus_put_bytes(&bytes, body->bytes, body->n);
	r = bytes.failed || (body && body->failed) ? -ENOMEM
						   : send_all(bus->fd, bytes.bytes, bytes.n);
	dbus_bytes_fini(&bytes);
	while (r == 0) {
		r = receive(bus, deadline, out);
		if (r == 0 && out->reply_to == bus->serial &&
		    (out->type == DBUS_RETURN || out->type == DBUS_ERROR))
			return judge(out, err);
	}
	return cleat_fail(err, -r, "systemd does not answer to %s: %m", member);
}

int dbus_wait_signal(struct dbus *bus, const char *member, struct dbus_message *out,
		     struct cleat_error *err)
{
	int64_t deadline = now_ms() + TIMEOUT_MS;

	for (;;) {
		int r = receive(bus, deadline, out);

		if (r < 0)
			return cleat_fail(err, -r, "systemd does not send %s: %m", member);
		if (out->type == DBUS_SIGNAL && out->member && strcmp(out->member, member) == 0)
			return 0;
	}
}
