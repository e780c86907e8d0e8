/* SPDX-License-Identifier: Apache-2.0 */
/* judge_runtime.c - configurations that must be refused, and that nothing is left of them. */
#include "subject.h"

#include <cleat/cleanup.h>
#include <cleat/runtime.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

static const char *const bad[] = {
	"",
	"{",
	"[]",
	"null",
	"{}",
	"{\"ociVersion\":\"1.0.2\"}",
	"{\"ociVersion\":\"1.0.2\",\"process\":{\"args\":[],\"cwd\":\"/\"},\"root\":{\"path\":\"r\"}}",
	"{\"ociVersion\":\"1.0.2\",\"process\":{\"args\":[\"x\"],\"cwd\":\"relative\"},"
	"\"root\":{\"path\":\"r\"}}",
	"{\"ociVersion\":\"1.0.2\",\"process\":{\"args\":[\"x\"],\"cwd\":\"/\"},"
	"\"root\":{\"path\":\"/no/such/root\"},\"linux\":{\"namespaces\":[{\"type\":\"mount\"},"
	"{\"type\":\"pid\"}]}}",
	"{\"ociVersion\":\"1.0.2\",\"process\":{\"args\":[\"x\"],\"cwd\":\"/\"},"
	"\"root\":{\"path\":\"r\"},\"linux\":{\"namespaces\":[{\"type\":\"no such\"}]}}",
};

static int entries_of(int dir, const char *name)
{
	struct trial inner = { .dir = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
	int n = trial_entries(&inner);

	cleat_closep(&inner.dir);
	return n;
}

static void create_bad(struct trial *trial, const char *config, int state)
{
	const struct cleat_runtime_ops *ops = trial->subject->desc.ops;
	static const struct cleat_stdio stdio = { sizeof(stdio), false, -1, -1, -1 };
	struct cleat_create req = { .size = sizeof(req),
				    .flags = CLEAT_NO_CGROUP,
				    .id = "cleat-conformance",
				    .bundle = trial->path,
				    .bundle_fd = trial->dir,
				    .state_fd = state,
				    .config = config,
				    .config_len = strlen(config),
				    .stdio = &stdio,
				    .checkpoint_fd = -1 };
	struct cleat_process process = { .size = sizeof(process), .pidfd = -1, .console_fd = -1 };
	struct cleat_error err = { 0 };
	void *box = NULL;
	int r = ops->create(trial->self, &req, &box, &process, &err);

	if (!expect_failure(r, &err, "create of a configuration that breaks the rules"))
		(void)expect(false, "it took: %.100s", config);
}

void judge_runtime(struct trial *trial)
{
	const struct cleat_runtime_ops *ops = trial->subject->desc.ops;
	struct cleat_error err = { 0 };
	void *box = NULL;

	if (mkdirat(trial->dir, "state", 0700) < 0 || mkdirat(trial->dir, "r", 0700) < 0)
		return skip("containers", "cannot make directories");
	int state = openat(trial->dir, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int live = trial->witness->live;
	int fds = count_descriptors();

	int r = ops->load(trial->self, "cleat-conformance", state, &box, &err);

	(void)expect(r == -ENOENT && expect_failure(r, &err, "load of nothing"),
		     "load from an empty directory answers ENOENT");
	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		create_bad(trial, bad[i], state);
	(void)expect(entries_of(trial->dir, "state") == 0, "a failed create leaves no record");
	(void)expect(waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD,
		     "a failed create leaves no process");
	(void)expect(trial->witness->live == live, "a failed create gives its memory back");
	(void)expect(count_descriptors() == fds, "a failed create leaves no descriptor open");
	cleat_closep(&state);
}
