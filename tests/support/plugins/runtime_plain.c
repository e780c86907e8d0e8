/* SPDX-License-Identifier: Apache-2.0 */
/*
 * runtime_plain.c - runtime/plain: a process without any box, which writes down what it is asked
 * and fails on demand (a test plugin).
 *
 * In the directory of its setting: `calls` gets a line for each call ("create ID", ...); a file
 * named after a call, "ERRNO SENTENCE", makes that call fail after it has done its work.
 */
#include <cleat/cleanup.h>
#include <cleat/json.h>
#include <cleat/plugin.h>
#include <cleat/runtime.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct settings {
	const char *directory;
};

struct plain {
	const struct cleat_host *host;
	const struct settings *settings;
};

struct box {
	const struct plain *plain;
	int state_fd;
	pid_t pid;
	char id[129];
};

static const struct cleat_key keys[] = {
	CLEAT_KEY(struct settings, directory, "directory", "/nonexistent", NULL,
		  "Where calls are written down and faults are asked for."),
};

static int init(const struct cleat_host *host, const void *settings, void **out_self,
		struct cleat_error *err)
{
	struct plain *plain = host->alloc(host, sizeof(*plain));

	if (!plain)
		return cleat_fail(err, ENOMEM, "out of memory");
	*plain = (struct plain){ host, settings };
	*out_self = plain;
	return 0;
}

static void fini(void *self)
{
	struct plain *plain = self;

	plain->host->free(plain->host, plain);
}

/* ---- the notebook, and faults ------------------------------------------------------------------ */

static int open_in(const struct plain *plain, const char *name, int flags)
{
	char path[PATH_MAX];

	(void)snprintf(path, sizeof(path), "%s/%s", plain->settings->directory, name);
	return open(path, flags | O_CLOEXEC, 0600);
}

static void note(const struct plain *plain, const char *call, const char *id)
{
	_cleanup_close_ int fd = open_in(plain, "calls", O_WRONLY | O_CREAT | O_APPEND);

	if (fd >= 0)
		(void)dprintf(fd, "%s %s\n", call, id);
}

static int fault(const struct plain *plain, const char *call, struct cleat_error *err)
{
	_cleanup_close_ int fd = open_in(plain, call, O_RDONLY);
	char text[256] = "";
	char *sentence = NULL;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return 0;
	long number = strtol(text, &sentence, 10);

	sentence[strcspn(sentence, "\n")] = '\0';
	return cleat_fail(err, (int)number, "%s", sentence + (*sentence == ' '));
}

/* ---- the process ------------------------------------------------------------------------------- */

static void become(const struct json *args, int state_fd, const struct cleat_stdio *stdio)
{
	char *argv[64] = { NULL };
	char byte = 0;
	int go = -1;

	for (size_t i = 0; i < json_len(args) && i < 63; i++)
		argv[i] = (char *)(uintptr_t)json_text(json_at(args, i));
	if (dup2(stdio->in, 0) < 0 || dup2(stdio->out, 1) < 0 || dup2(stdio->err, 2) < 0)
		_exit(126);
	go = openat(state_fd, "go", O_RDONLY | O_CLOEXEC);
	if (read(go, &byte, 1) != 1)
		_exit(126);
	sigset_t none;

	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)execvp(argv[0], argv);
	_exit(127);
}

static int new_box(const struct plain *plain, const char *id, int state_fd, struct box **out,
		   struct cleat_error *err)
{
	struct box *box = plain->host->alloc(plain->host, sizeof(*box));

	if (!box)
		return cleat_fail(err, ENOMEM, "out of memory");
	box->plain = plain;
	box->state_fd = fcntl(state_fd, F_DUPFD_CLOEXEC, 3);
	(void)snprintf(box->id, sizeof(box->id), "%s", id);
	*out = box;
	return 0;
}

static void release(void *handle)
{
	struct box *box = handle;

	(void)close(box->state_fd);
	box->plain->host->free(box->plain->host, box);
}

static int run(struct box *box, const struct cleat_create *req, struct cleat_process *out,
	       struct cleat_error *err)
{
	_cleanup_json_ struct json_doc *doc = NULL;
	int r = json_parse(req->config, req->config_len, &doc, err);

	if (r < 0)
		return r;
	if (mkfifoat(box->state_fd, "go", 0600) < 0)
		return cleat_fail(err, errno, "cannot make a fifo: %m");
	box->pid = fork();
	if (box->pid == 0)
		become(json_path(json_root(doc), "process.args"), box->state_fd, req->stdio);
	if (box->pid < 0)
		return cleat_fail(err, errno, "cannot fork: %m");
	out->pid = box->pid;
	out->pidfd = pidfd_open(box->pid, 0);
	out->console_fd = -1;
	_cleanup_close_ int fd = openat(box->state_fd, "pid", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	return fd < 0 || dprintf(fd, "%d", (int)box->pid) < 0
		       ? cleat_fail(err, EIO, "cannot write the pid")
		       : 0;
}

static int create(void *self, const struct cleat_create *req, void **out_box,
		  struct cleat_process *out, struct cleat_error *err)
{
	struct box *box = NULL;
	int r = 0;

	note(self, "create", req->id);
	r = fault(self, "create", err);
	if (r == 0)
		r = new_box(self, req->id, req->state_fd, &box, err);
	if (r < 0)
		return r;
	r = run(box, req, out, err);
	if (r < 0) {
		release(box);
		return r;
	}
	*out_box = box;
	return 0;
}

static int load(void *self, const char *id, int state_fd, void **out_box, struct cleat_error *err)
{
	_cleanup_close_ int fd = openat(state_fd, "pid", O_RDONLY | O_CLOEXEC);
	char text[16] = "";
	struct box *box = NULL;

	if (fd < 0 || read(fd, text, sizeof(text) - 1) <= 0)
		return cleat_fail(err, ENOENT, "container does not exist");
	int r = new_box(self, id, state_fd, &box, err);

	if (r == 0)
		box->pid = (pid_t)strtol(text, NULL, 10);
	*out_box = box;
	return r;
}

static int start(void *handle, struct cleat_error *err)
{
	struct box *box = handle;

	note(box->plain, "start", box->id);
	int r = fault(box->plain, "start", err);

	if (r < 0) {
		(void)kill(box->pid, SIGKILL);
		return r;
	}
	_cleanup_close_ int go = openat(box->state_fd, "go", O_WRONLY | O_CLOEXEC);

	return go >= 0 && write(go, "g", 1) == 1 ? 0 : cleat_fail(err, EIO, "cannot release it");
}

static int plain_kill(void *handle, int signal, bool everyone, struct cleat_error *err)
{
	struct box *box = handle;

	(void)everyone;
	note(box->plain, "kill", box->id);
	if (fault(box->plain, "kill", err) < 0)
		return -err->errnum;
	return kill(box->pid, signal) < 0 ? cleat_fail(err, errno, "cannot kill: %m") : 0;
}

static int state(void *handle, struct cleat_state *out, struct cleat_error *err)
{
	struct box *box = handle;

	(void)err;
	out->pid = box->pid;
	out->status = kill(box->pid, 0) == 0 ? CLEAT_RUNNING : CLEAT_STOPPED;
	return 0;
}

static int destroy(void *handle, struct cleat_error *err)
{
	struct box *box = handle;

	note(box->plain, "destroy", box->id);
	(void)kill(box->pid, SIGKILL);
	(void)unlinkat(box->state_fd, "go", 0);
	(void)unlinkat(box->state_fd, "pid", 0);
	return fault(box->plain, "destroy", err);
}

static const struct cleat_runtime_ops ops = {
	.size = sizeof(ops),
	.create = create,
	.load = load,
	.start = start,
	.kill = plain_kill,
	.state = state,
	.destroy = destroy,
	.release = release,
};

CLEAT_PLUGIN(.type = "runtime", .name = "plain", .version = "1.0.0",
	     .summary = "A process without a box, and faults on demand (a test plugin)",
	     .license = "Apache-2.0", .keys = keys, .nkeys = 1,
	     .settings_size = sizeof(struct settings), .ops = &ops, .init = init, .fini = fini);
