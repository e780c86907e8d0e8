/* SPDX-License-Identifier: Apache-2.0 */
/* fixture.h - the plugin on a temporary directory, with a host of malloc and free. */
#ifndef OVERLAY_TESTS_FIXTURE_H
#define OVERLAY_TESTS_FIXTURE_H

#include "support/tmpdir.h"
#include "support/unit.h"

#include "overlay.h"

#include <cleat/cleanup.h>

#include <string.h>

static inline void *host_alloc(const struct cleat_host *host, size_t bytes)
{
	(void)host;
	return calloc(1, bytes);
}

static inline void host_free(const struct cleat_host *host, void *memory)
{
	(void)host;
	free(memory);
}

static const struct cleat_host host = {
	.size = sizeof(host),
	.abi = CLEAT_ABI,
	.alloc = host_alloc,
	.free = host_free,
};
static const struct overlay_settings settings = { .mount_options = "" };
static const struct overlay plugin = { .host = &host, .settings = &settings };

/* A snapshot's description; parents come nearest first. */
static inline struct cleat_snapshot snapshot(const struct tmpdir *dir, uint64_t number,
					     bool writable)
{
	return (struct cleat_snapshot){
		.size = sizeof(struct cleat_snapshot),
		.root_fd = dir->fd,
		.root = dir->path,
		.number = number,
		.writable = writable,
	};
}

/* The ops do not change the instance: they take it as void pointer because that is the table's form. */
static inline void *self(void)
{
	return (void *)(uintptr_t)&plugin;
}

#endif
