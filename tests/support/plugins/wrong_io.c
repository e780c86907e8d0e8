/* SPDX-License-Identifier: Apache-2.0 */
/*
 * wrong_io.c - io/null with one fault that the conformance kit must find: -DWRONG=no_cloexec.
 *
 * The good plugin is included without its descriptor, so that nothing but the fault is different.
 */
#include <cleat/plugin.h>
#undef CLEAT_PLUGIN
#define CLEAT_PLUGIN(...) struct descriptor_of_the_good_one
#include "io_null.c"

enum wrong {
	no_cloexec,
	terminal_ends,
	leaks_descriptor,
	leaks_memory,
	shrinks_counters,
	never_drained,
	drained_twice,
	no_sentence,
	wrong_errno,
	resize_refused,
};

static int wrong_open(void *self, const struct cleat_io_request *req, struct cleat_stdio *out,
		      void **out_stream, struct cleat_error *err)
{
	const struct cleat_host *host = self;

	if (req->out[0] == '/' && (WRONG == no_sentence || WRONG == wrong_errno)) {
		err->errnum = WRONG == no_sentence ? ENOENT : EIO;
		err->text[0] = WRONG == no_sentence ? '\0' : 'x';
		return -ENOENT;
	}
	int r = null_open(self, req, out, out_stream, err);

	if (WRONG == no_cloexec && out->out >= 0)
		(void)fcntl(out->out, F_SETFD, 0);
	if (WRONG == terminal_ends && req->terminal)
		out->in = open("/dev/null", O_RDONLY | O_CLOEXEC);
	if (WRONG == leaks_descriptor)
		(void)!fcntl(0, F_DUPFD_CLOEXEC, 3);
	if (WRONG == leaks_memory)
		(void)!host->alloc(host, 1);
	return r;
}

static void wrong_counters(void *handle, struct cleat_io_counters *out)
{
	counters(handle, out);
	if (WRONG == shrinks_counters)
		out->size = 4;
}

static void wrong_drain(void *handle, uint64_t limit_ns, void (*done)(void *arg), void *arg)
{
	(void)handle, (void)limit_ns;
	for (int i = 0; i < (WRONG == never_drained ? 0 : WRONG == drained_twice ? 2 : 1); i++)
		done(arg);
}

static int wrong_resize(void *handle, uint16_t rows, uint16_t columns, struct cleat_error *err)
{
	(void)handle, (void)rows, (void)columns;
	return WRONG == resize_refused ? cleat_fail(err, ENOTTY, "no terminal") : 0;
}

static const struct cleat_io_ops wrong_ops = {
	.size = sizeof(wrong_ops),
	.open = wrong_open,
	.console = console,
	.counters = wrong_counters,
	.drain = wrong_drain,
	.resize = wrong_resize,
	.close = null_close,
};

extern const struct cleat_plugin cleat_plugin;
__attribute__((visibility("default"))) const struct cleat_plugin cleat_plugin = {
	CLEAT_HEAD,
	.type = "io",
	.name = "wrong",
	.version = "1.0.0",
	.summary = "Has one fault (a test plugin)",
	.license = "Apache-2.0",
	.ops = &wrong_ops,
	.init = init,
};
