/* SPDX-License-Identifier: Apache-2.0 */
/*
 * dbus_message.h - the D-Bus wire format, as much of it as talking to systemd takes.
 *
 * A library would do, but a static program cannot load one, and libsystemd brings nine more along.
 */
#ifndef RUNTIME_LINUX_DBUS_MESSAGE_H
#define RUNTIME_LINUX_DBUS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DBUS_CALL = 1, DBUS_RETURN = 2, DBUS_ERROR = 3, DBUS_SIGNAL = 4 };
enum { DBUS_MAX = 256 << 10 };

/** Bytes that grow. A failure sticks, and is asked for once at the end. */
struct dbus_bytes {
	uint8_t *bytes;
	size_t n, room;
	bool failed;
};

void dbus_put_byte(struct dbus_bytes *out, uint8_t value);
void dbus_put_u32(struct dbus_bytes *out, uint32_t value);
void dbus_put_u64(struct dbus_bytes *out, uint64_t value);
void dbus_put_text(struct dbus_bytes *out, const char *text); /**< s, o */
void dbus_put_signature(struct dbus_bytes *out,
			const char *text); /**< g, and what follows in a v */
void dbus_put_bytes(struct dbus_bytes *out, const void *data, size_t n);
void dbus_align(struct dbus_bytes *out, size_t to);
/** An array: begin says what its items are aligned to; give end what begin returned. */
size_t dbus_begin_array(struct dbus_bytes *out, size_t alignment);
void dbus_end_array(struct dbus_bytes *out, size_t begun, size_t alignment);
/** An item of a(sv) begins: its name, and what its value is; the value follows. */
void dbus_put_property(struct dbus_bytes *out, const char *name, const char *signature);
/** A whole one, of a boolean. */
void dbus_put_flag(struct dbus_bytes *out, const char *name, bool value);
void dbus_bytes_fini(struct dbus_bytes *out);

/** One message as it came. The texts point into its bytes. */
struct dbus_message {
	uint8_t type;
	uint32_t serial, reply_to;
	const char *member, *interface, *error;
	const char *signature;
	const uint8_t *body;
	size_t body_len;
};

/** Length of the message that begins with these 16 bytes; 0: it is none that we take. */
size_t dbus_message_length(const uint8_t head[16]);
/** 0 or -EBADMSG. Little-endian only, which is what our peers of the same machine send on ours. */
int dbus_message_parse(const uint8_t *bytes, size_t len, struct dbus_message *out);

/** Reading a body from *@at on. False: it does not hold that. */
bool dbus_get_u32(const struct dbus_message *m, size_t *at, uint32_t *out);
bool dbus_get_text(const struct dbus_message *m, size_t *at, const char **out);

#endif
