/* SPDX-License-Identifier: Apache-2.0 */
/* wrong_runtime.c - runtime/fake with one fault that the conformance kit must find. See wrong_io.c. */
#include <cleat/plugin.h>
#undef CLEAT_PLUGIN
#define CLEAT_PLUGIN(...) struct descriptor_of_the_good_one
#include "runtime_fake.c"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum wrong {
	accepts_anything,
	leaves_a_record,
	leaves_a_process,
	leaks_memory,
	leaks_descriptor,
	knows_nothing_wrongly,
};

static int wrong_create(void *self, const struct cleat_create *req, void **out_box,
			struct cleat_process *out, struct cleat_error *err)
{
	const struct cleat_host *host = self;

	if (WRONG == leaves_a_record)
		(void)mkdirat(req->state_fd, "left", 0700);
	if (WRONG == leaks_memory)
		(void)!host->alloc(host, 1);
	if (WRONG == leaks_descriptor)
		(void)!fcntl(0, F_DUPFD_CLOEXEC, 3);
	if (WRONG == leaves_a_process && fork() == 0)
		_exit(0);
	return WRONG == accepts_anything ? 0 : create(self, req, out_box, out, err);
}

static int wrong_load(void *self, const char *id, int state_fd, void **out_box,
		      struct cleat_error *err)
{
	if (WRONG == knows_nothing_wrongly)
		return cleat_fail(err, EIO, "cannot load '%s'", id);
	return load(self, id, state_fd, out_box, err);
}

static int init(const struct cleat_host *host, const void *settings, void **out_self,
		struct cleat_error *err)
{
	(void)settings;
	(void)err;
	*out_self = (void *)(uintptr_t)host;
	return 0;
}

static const struct cleat_runtime_ops wrong_ops = {
	.size = sizeof(wrong_ops),
	.create = wrong_create,
	.load = wrong_load,
	.start = no_box,
	.kill = fake_kill,
	.state = state,
	.destroy = no_box,
	.release = release,
};

extern const struct cleat_plugin cleat_plugin;
__attribute__((visibility("default"))) const struct cleat_plugin cleat_plugin = {
	CLEAT_HEAD,
	.type = "runtime",
	.name = "wrong",
	.version = "1.0.0",
	.summary = "Has one fault (a test plugin)",
	.license = "Apache-2.0",
	.ops = &wrong_ops,
	.init = init,
};
