/* SPDX-License-Identifier: Apache-2.0 */
/* runtime_fake.c - runtime/fake: refuses every container in a way that can be told from another's. */
#include <cleat/plugin.h>
#include <cleat/runtime.h>

#include <errno.h>

static int create(void *self, const struct cleat_create *req, void **out_box,
		  struct cleat_process *out, struct cleat_error *err)
{
	(void)self;
	(void)out_box;
	(void)out;
	return cleat_fail(err, ENOTSUP, "the fake runtime makes no container of '%s'", req->id);
}

static int load(void *self, const char *id, int state_fd, void **out_box, struct cleat_error *err)
{
	(void)self;
	(void)state_fd;
	(void)out_box;
	return cleat_fail(err, ENOENT, "the fake runtime knows no container '%s'", id);
}

/* Nobody has a box of ours, so nothing below is ever called by a host that keeps the rules. */
static int no_box(void *box, struct cleat_error *err)
{
	(void)box;
	return cleat_fail(err, ESRCH, "the fake runtime has no containers");
}

static int fake_kill(void *box, int signal, bool everyone, struct cleat_error *err)
{
	(void)signal;
	(void)everyone;
	return no_box(box, err);
}

static int state(void *box, struct cleat_state *out, struct cleat_error *err)
{
	(void)out;
	return no_box(box, err);
}

static void release(void *box)
{
	(void)box;
}

static const struct cleat_runtime_ops ops = {
	.size = sizeof(ops),
	.create = create,
	.load = load,
	.start = no_box,
	.kill = fake_kill,
	.state = state,
	.destroy = no_box,
	.release = release,
};

CLEAT_PLUGIN(.type = "runtime", .name = "fake", .version = "1.0.0",
	     .summary = "Refuses every container (a test plugin)", .license = "Apache-2.0",
	     .ops = &ops);
