/* SPDX-License-Identifier: Apache-2.0 */
/* witness.c - stand between the plugin and a real host. */
#include "witness.h"

#include "plugin/host.h"

#include <stdarg.h>
#include <stdlib.h>

static struct witness *of(const struct cleat_host *host)
{
	return (struct witness *)(uintptr_t)host;
}

static void quiet(const struct cleat_host *host, int level, const char *fmt, ...)
{
	(void)host;
	(void)level;
	(void)fmt;
}

static void *count_alloc(const struct cleat_host *host, size_t bytes)
{
	struct witness *witness = of(host);

	if (witness->fail_after == 0)
		return NULL;
	if (witness->fail_after > 0)
		witness->fail_after--;
	void *memory = witness->real->alloc(witness->real, bytes);

	witness->live += memory != NULL;
	return memory;
}

static void count_free(const struct cleat_host *host, void *memory)
{
	struct witness *witness = of(host);

	witness->live -= memory != NULL;
	witness->real->free(witness->real, memory);
}

static int state_dir(const struct cleat_host *host)
{
	return of(host)->real->state_dir(of(host)->real);
}

static int store_put(const struct cleat_host *host, const char *key, const void *data, size_t len,
		     struct cleat_error *err)
{
	return of(host)->real->store_put(of(host)->real, key, data, len, err);
}

static int store_get(const struct cleat_host *host, const char *key, void **out_data,
		     size_t *out_len, struct cleat_error *err)
{
	int r = of(host)->real->store_get(of(host)->real, key, out_data, out_len, err);

	of(host)->live += r == 0;
	return r;
}

static int watch_fd(const struct cleat_host *host, int fd, uint32_t events,
		    void (*ready)(void *arg, uint32_t events), void *arg, struct cleat_watch **out,
		    struct cleat_error *err)
{
	return of(host)->real->watch_fd(of(host)->real, fd, events, ready, arg, out, err);
}

static int watch_timer(const struct cleat_host *host, uint64_t delay_ns, void (*fire)(void *arg),
		       void *arg, struct cleat_watch **out, struct cleat_error *err)
{
	return of(host)->real->watch_timer(of(host)->real, delay_ns, fire, arg, out, err);
}

struct witness *witness_new(const char *type, const char *name, const char *records,
			    struct loop *loop)
{
	struct witness *witness = calloc(1, sizeof(*witness));

	if (!witness)
		return NULL;
	witness->real = host_new(type, name, records, loop);
	if (!witness->real) {
		free(witness);
		return NULL;
	}
	witness->table = *witness->real;
	witness->table.log = quiet;
	witness->table.alloc = count_alloc;
	witness->table.free = count_free;
	witness->table.state_dir = state_dir;
	witness->table.store_put = store_put;
	witness->table.store_get = store_get;
	witness->table.watch_fd = watch_fd;
	witness->table.watch_timer = watch_timer;
	witness->fail_after = -1;
	return witness;
}

void witness_free(struct witness *witness)
{
	if (!witness)
		return;
	host_free(witness->real);
	free(witness);
}
