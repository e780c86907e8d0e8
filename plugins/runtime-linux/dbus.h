/* SPDX-License-Identifier: Apache-2.0 */
/* dbus.h - a connection to a message bus, and calls that wait for their answer. */
#ifndef RUNTIME_LINUX_DBUS_H
#define RUNTIME_LINUX_DBUS_H

#include "dbus_message.h"

#include <cleat/error.h>

struct dbus {
	int fd;       /**< -1: not connected */
	bool private; /**< systemd's own socket: no bus between, no names */
	uint32_t serial;
	uint8_t *buffer; /**< the last message received */
};

/** Who is called. */
struct dbus_target {
	const char *destination, *path, *interface;
};

/** systemd's manager: of the system, or of @user. ENOENT: nobody is there. */
int dbus_open_systemd(struct dbus *bus, bool user, struct cleat_error *err);
void dbus_close(struct dbus *bus);
#define _cleanup_dbus_ __attribute__((cleanup(dbus_close)))
/**
 * Call @member with @body of @signature and wait for the answer, which is valid until the next call. An
 * error of the other side is -EREMOTEIO with "NAME: TEXT" in @err, and @out->error is NAME.
 */
int dbus_call(struct dbus *bus, const struct dbus_target *target, const char *member,
	      const char *signature, const struct dbus_bytes *body, struct dbus_message *out,
	      struct cleat_error *err);
/** Wait for any signal named @member; others are passed over. ETIMEDOUT. */
int dbus_wait_signal(struct dbus *bus, const char *member, struct dbus_message *out,
		     struct cleat_error *err);

#endif
