/* SPDX-License-Identifier: Apache-2.0 */
/* event_log.h - the latest events, packed: a bounded list in memory, appended to a bounded file. */
#ifndef CORE_TASK_EVENT_LOG_H
#define CORE_TASK_EVENT_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

enum {
	EVENT_LOG_COUNT = 1024,       /* kept at most */
	EVENT_LOG_BYTES = 256 << 10,  /* of packed events, kept at most */
	EVENT_LOG_FILE = 1024 << 10,  /* from this size on the file is written anew */
	EVENT_LOG_RECORD = 128 << 10, /* a bigger one is told and not kept */
};

struct event_record {
	uint32_t len;
	uint8_t *bytes;
};

struct event_log {
	int root_fd; /* borrowed */
	int fd;      /* <root>/events, appended to; -1: not open */
	bool deaf;   /* the disk does not take them: said once */
	size_t file_size;
	struct event_record ring[EVENT_LOG_COUNT];
	size_t first, n, bytes;
};

int event_log_open(struct event_log *log, int root_fd, struct cleat_error *err);
void event_log_close(struct event_log *log);
/** Keep a copy; the oldest ones make room. Errors are logged. */
void event_log_add(struct event_log *log, const void *bytes, size_t len);
/** The @i-th oldest. */
const struct event_record *event_log_at(const struct event_log *log, size_t i);

#endif
