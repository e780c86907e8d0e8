/* SPDX-License-Identifier: Apache-2.0 */
/* test_hooks.c - hooks that behave, and hooks that do not. No root needed. */
#include <errno.h>
#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include <cleat/cleanup.h>

#include "hooks.h"
#include "limits_test.h"
#include "support/unit.h"

static struct cleat_error err;
static char dir[64];

static struct hooks *parse(const char *text)
{
	struct json_doc *doc = doc_of(text);
	struct hooks *hooks = NULL;

	UNIT_OK(hooks_parse(json_root(doc), &hooks, &err), err);
	json_free(doc);
	return hooks;
}

/* Run one shell command as a prestart hook. */
static int run(const char *command, const char *more, const char *state)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
		       "{'prestart':[{'path':'/bin/sh','args':['sh','-c','%s']%s}]}", command,
		       more);
	struct hooks *hooks = parse(text);
	int rc = hooks_run(hooks, HOOK_PRESTART, state, dir, &err);

	hooks_free(hooks);
	return rc;
}

static const char *content(const char *name)
{
	static char text[4096];
	char path[300];

	(void)snprintf(path, sizeof(path), "%s/%s", dir, name);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	text[n < 0 ? 0 : n] = '\0';
	if (fd >= 0)
		close(fd);
	(void)unlink(path);
	return text;
}

static double seconds(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void state_env_and_directory_are_exact(void)
{
	UNIT_OK(run("cat > got; /usr/bin/env > env; pwd > where", "", "{\"id\":\"x\"}"), err);
	CU_ASSERT_STRING_EQUAL(content("got"), "{\"id\":\"x\"}");
	CU_ASSERT_PTR_NULL(strstr(content("env"), "HOME="));
	CU_ASSERT_EQUAL(strncmp(content("where"), dir, strlen(dir)), 0);
	UNIT_OK(run("echo $A-$B > got", ",'env':['A=1','B=2']", ""), err);
	CU_ASSERT_STRING_EQUAL(content("got"), "1-2\n");
}

static void only_three_descriptors_and_no_ignored_signals(void)
{
	int extra[2];

	CU_ASSERT_EQUAL(pipe(extra), 0); /* on purpose without O_CLOEXEC */
	(void)signal(SIGPIPE, SIG_IGN);
	UNIT_OK(run("ls /proc/self/fd > got; grep Sig /proc/self/status > sig", "", ""), err);
	CU_ASSERT_STRING_EQUAL(content("got"), "0\n1\n2\n3\n"); /* 3 is ls's own */
	const char *signals = content("sig");
	const char *ignored = strstr(signals, "SigIgn:");

	CU_ASSERT_PTR_NOT_NULL(strstr(signals, "SigBlk:\t0000000000000000\n"));
	CU_ASSERT_PTR_NOT_NULL_FATAL(ignored); /* busybox's shell ignores SIGQUIT by itself */
	CU_ASSERT_EQUAL(strtoull(ignored + 7, NULL, 16) & 1u << (SIGPIPE - 1), 0);
	close(extra[0]);
	close(extra[1]);
	(void)signal(SIGPIPE, SIG_DFL);
}

static void a_hook_that_does_not_read_is_fine(void)
{
	char *big = malloc(1 << 20);

	memset(big, ' ', (1 << 20) - 1);
	big[(1 << 20) - 1] = '\0';
	UNIT_OK(run("exit 0", "", big), err);
	UNIT_OK(run("exec <&-; sleep 0.05", "", big), err);
	UNIT_OK(run("wc -c > got", "", big), err);
	CU_ASSERT_STRING_EQUAL(content("got"), "1048575\n");
	free(big);
}

static void a_failure_has_name_status_and_last_words(void)
{
	UNIT_FAILS(run("echo first; echo no such luck >&2; exit 3", "", "{}"), EIO, err,
		   "prestart hook '/bin/sh' exited with 3: no such luck");
	UNIT_FAILS(run("kill -9 $$", "", "{}"), EIO, err, "killed by signal 9");
	struct hooks *hooks = parse("{'poststop':[{'path':'/no/such/file'}]}");

	UNIT_FAILS(hooks_run(hooks, HOOK_POSTSTOP, "", NULL, &err), ENOENT, err,
		   "cannot run poststop hook '/no/such/file'");
	hooks_free(hooks);
}

static void time_is_limited(void)
{
	double start = seconds();

	UNIT_FAILS(run("sleep 60", ",'timeout':1", "{}"), ETIMEDOUT, err,
		   "did not end within 1 s and was killed");
	CU_ASSERT_TRUE(seconds() - start > 0.9 && seconds() - start < 2);
	CU_ASSERT_EQUAL(waitpid(-1, NULL, WNOHANG), -1); /* reaped */
}

static void much_output_and_what_holds_the_pipe(void)
{
	double start = seconds();

	UNIT_OK(run("head -c 4000000 /dev/zero", "", "{}"), err);
	/* a daemon keeps the hook's stdout: only the hook itself is waited for */
	UNIT_OK(run("sleep 3 & exit 0", "", "{}"), err);
	CU_ASSERT_TRUE(seconds() - start < 2.5);
}

static void the_first_failure_ends_it_except_for_poststop(void)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
		       "{'poststop':[{'path':'/bin/sh','args':['sh','-c','echo a >> log; exit 1']},"
		       "{'path':'/bin/sh','args':['sh','-c','echo b >> log; exit 2']}]}");
	struct hooks *hooks = parse(text);

	UNIT_FAILS(hooks_run(hooks, HOOK_POSTSTOP, "", dir, &err), EIO, err, "exited with 1");
	CU_ASSERT_STRING_EQUAL(content("log"), "a\n");
	UNIT_FAILS(hooks_run_all(hooks, HOOK_POSTSTOP, "", dir, &err), EIO, err, "exited with 1");
	CU_ASSERT_STRING_EQUAL(content("log"), "a\nb\n");
	CU_ASSERT_TRUE(hooks_has(hooks, HOOK_POSTSTOP));
	CU_ASSERT_FALSE(hooks_has(hooks, HOOK_PRESTART));
	UNIT_OK(hooks_run(hooks, HOOK_PRESTART, "", dir, &err), err);
	hooks_free(hooks);
}

static void no_descriptor_is_left_behind(void)
{
	struct dirent *e;
	size_t count[2] = { 0 };

	for (int pass = 0; pass < 2; pass++) {
		DIR *fds = opendir("/proc/self/fd");

		while ((e = readdir(fds)) != NULL)
			count[pass]++;
		(void)closedir(fds);
		(void)run("exit 0", "", "{}");
		(void)run("exit 1", "", "{}");
		struct hooks *hooks = parse("{'poststop':[{'path':'/no/such/file'}]}");

		(void)hooks_run(hooks, HOOK_POSTSTOP, "", NULL, &err);
		hooks_free(hooks);
	}
	CU_ASSERT_EQUAL(count[0], count[1]);
}

static void bad_hooks_are_refused(void)
{
	static const struct {
		const char *json, *words;
	} rows[] = {
		{ "[]", "hooks must be an object" },
		{ "{'prestart':{}}", "prestart must be" },
		{ "{'prestart':[{}]}", "hooks.prestart[0]: path must be absolute" },
		{ "{'prestart':[{'path':'x'}]}", "path must be absolute" },
		{ "{'prestart':[{'path':'/x','timeout':0}]}", "timeout must be" },
		{ "{'prestart':[{'path':'/x','timeout':-1}]}", "timeout must be" },
		{ "{'prestart':[{'path':'/x','args':[1]}]}", "args[0] must be a string" },
		{ "{'prestart':[{'path':'/x','env':'A=1'}]}", "env must be" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct json_doc *doc = doc_of(rows[i].json);
		struct hooks *hooks = NULL;

		UNIT_FAILS(hooks_parse(json_root(doc), &hooks, &err), EINVAL, err, rows[i].words);
		json_free(doc);
	}
	hooks_free(parse("{'somethingNew':[1,2,3]}"));
}

static void make_dir(void)
{
	(void)snprintf(dir, sizeof(dir), "/tmp/cg-hooks-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
}

static void remove_made_dir(void)
{
	CU_ASSERT_EQUAL(rmdir(dir), 0);
}

UNIT_MAIN("runtime-linux: hooks", UNIT_TEST(make_dir), UNIT_TEST(state_env_and_directory_are_exact),
	  UNIT_TEST(only_three_descriptors_and_no_ignored_signals),
	  UNIT_TEST(a_hook_that_does_not_read_is_fine),
	  UNIT_TEST(a_failure_has_name_status_and_last_words), UNIT_TEST(time_is_limited),
	  UNIT_TEST(much_output_and_what_holds_the_pipe),
	  UNIT_TEST(the_first_failure_ends_it_except_for_poststop),
	  UNIT_TEST(no_descriptor_is_left_behind), UNIT_TEST(bad_hooks_are_refused),
	  UNIT_TEST(remove_made_dir))
