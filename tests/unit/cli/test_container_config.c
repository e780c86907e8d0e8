/* SPDX-License-Identifier: Apache-2.0 */
/* test_container_config.c - from the words of run to the message. */
#include <errno.h>
#include <string.h>

#include "cli/container_config.h"
#include "parse.h"
#include "support/unit.h"

static void plain_flags(void)
{
	Cleat__V1__ContainerConfig c;
	struct cli cli;

	UNIT_OK(PARSE(&cli, "run", "-it", "--rm", "--name", "web", "-u", "1000:50", "-w", "/tmp",
		      "--read-only", "--cap-add", "NET_RAW", "--cap-drop", "ALL", "--stop-timeout",
		      "0", "--label", "a=b=c", "--label", "bare", "--io", "fifo", "-e", "X=1",
		      "debian:bookworm", "ls", "-l"),
		cli.err);
	UNIT_OK(container_config(&cli, &c), cli.err);
	CU_ASSERT_STRING_EQUAL(c.image, "debian:bookworm");
	CU_ASSERT_EQUAL_FATAL(c.n_args, 2);
	CU_ASSERT_STRING_EQUAL(c.args[1], "-l");
	CU_ASSERT_STRING_EQUAL(c.name, "web");
	CU_ASSERT_STRING_EQUAL(c.user, "1000:50");
	CU_ASSERT_STRING_EQUAL(c.workdir, "/tmp");
	CU_ASSERT_STRING_EQUAL(c.io, "fifo");
	CU_ASSERT_STRING_EQUAL(c.runtime, "");
	CU_ASSERT_TRUE(c.terminal && c.open_stdin && c.auto_remove && c.read_only);
	CU_ASSERT_FALSE(c.privileged || c.init || c.entrypoint_set || c.rootfs_overlay);
	CU_ASSERT_STRING_EQUAL(c.cap_add[0], "NET_RAW");
	CU_ASSERT_STRING_EQUAL(c.cap_drop[0], "ALL");
	CU_ASSERT_TRUE(c.stop_timeout_set && c.stop_timeout_s == 0);
	CU_ASSERT_EQUAL_FATAL(c.n_labels, 2);
	CU_ASSERT_STRING_EQUAL(c.labels[0]->value, "b=c");
	CU_ASSERT_STRING_EQUAL(c.labels[1]->value, "");
	CU_ASSERT_STRING_EQUAL(c.env[0], "X=1");
	/* It survives the wire. */
	CU_ASSERT(cleat__v1__container_config__get_packed_size(&c) > 50);
	parse_end(&cli);
}

static void entrypoints(void)
{
	Cleat__V1__ContainerConfig c;
	struct cli cli;

	UNIT_OK(PARSE(&cli, "run", "--entrypoint", "", "img", "x"), cli.err);
	UNIT_OK(container_config(&cli, &c), cli.err);
	CU_ASSERT_TRUE(c.entrypoint_set && c.n_entrypoint == 0);
	parse_end(&cli);
	UNIT_OK(PARSE(&cli, "run", "--entrypoint", "/bin/sh", "img"), cli.err);
	UNIT_OK(container_config(&cli, &c), cli.err);
	CU_ASSERT_EQUAL_FATAL(c.n_entrypoint, 1);
	CU_ASSERT_STRING_EQUAL(c.entrypoint[0], "/bin/sh");
	parse_end(&cli);
}

static void directories(void)
{
	Cleat__V1__ContainerConfig c;
	struct cli cli;

	UNIT_OK(PARSE(&cli, "run", "--rootfs", "/:O", "ls", "/"), cli.err);
	UNIT_OK(container_config(&cli, &c), cli.err);
	CU_ASSERT_STRING_EQUAL(c.rootfs, "/");
	CU_ASSERT_STRING_EQUAL(c.image, "");
	CU_ASSERT_TRUE(c.rootfs_overlay && c.n_args == 2);
	parse_end(&cli);
	UNIT_OK(PARSE(&cli, "run", "--rootfs", "/nosuch", "ls"), cli.err);
	UNIT_FAILS(container_config(&cli, &c), ENOENT, cli.err, "'/nosuch'");
	parse_end(&cli);
	UNIT_OK(PARSE(&cli, "run", "--rm"), cli.err);
	UNIT_FAILS(container_config(&cli, &c), EINVAL, cli.err, "IMAGE");
	parse_end(&cli);
}

static void refuses(char *flag, const char *words)
{
	Cleat__V1__ContainerConfig c;
	struct cli cli;

	UNIT_OK(PARSE(&cli, "run", "--rm", flag, "img", "true"), cli.err);
	UNIT_FAILS(container_config(&cli, &c), EINVAL, cli.err, words);
	parse_end(&cli);
}

static void bad_values(void)
{
	refuses("--network=nosuch", "network nosuch not found");
	refuses("--network=container:", "not found");
	refuses("--network=ns:rel", "not found");
	refuses("--userns=keep-id", "host, auto or UID:GID:N");
	refuses("--userns=1:2:0", "N is 0");
	refuses("--userns=4294967290:2:9", "UID and N go beyond");
	refuses("--workdir=relative", "absolute path");
	refuses("--stop-signal=NOSUCH", "invalid signal: NOSUCH");
	refuses("--pull=always", "cleat image import");
	refuses("--restart=always", "cannot specify both --restart and --rm");
	refuses("--stop-timeout=-5", "at least -1");
	refuses("--oom-score-adj=2000", "-1000 to 1000");
	refuses("--shm-size=0", "invalid size");
	refuses("--label==x", "no name");
	refuses("--device=rel", "not an absolute path");
	refuses("--device=/dev/null:/x:q", "invalid device mode: q");
	refuses("--device=/dev/null:/x:r:w", "invalid device specification");
}

static void devices(void)
{
	Cleat__V1__Device d = CLEAT__V1__DEVICE__INIT;
	struct arena arena = { 0 };
	struct cleat_error err = { 0 };

	UNIT_OK(device_parse(&arena, "/dev/null", &d, &err), err);
	CU_ASSERT_STRING_EQUAL(d.container, "/dev/null");
	CU_ASSERT_STRING_EQUAL(d.access, "rwm");
	UNIT_OK(device_parse(&arena, "/dev/null:r", &d, &err), err);
	CU_ASSERT_STRING_EQUAL(d.container, "/dev/null");
	CU_ASSERT_STRING_EQUAL(d.access, "r");
	UNIT_OK(device_parse(&arena, "/dev/null:/dev/x:rw", &d, &err), err);
	CU_ASSERT_STRING_EQUAL(d.container, "/dev/x");
	arena_fini(&arena);
}

static void restart_policies(void)
{
	struct cli cli;

	UNIT_OK(PARSE(&cli, "run", "img"), cli.err);
	CU_ASSERT_EQUAL(restart_check(&cli, "always"), 0);
	CU_ASSERT_EQUAL(restart_check(&cli, "on-failure:3"), 0);
	CU_ASSERT_EQUAL(restart_check(&cli, "a-plugins-own:3"), 0); /* the daemon knows */
	UNIT_FAILS(restart_check(&cli, "on-failure:x"), EINVAL, cli.err, "must be a number");
	UNIT_FAILS(restart_check(&cli, "on-failure:-1"), EINVAL, cli.err, "must be a number");
	parse_end(&cli);
}

UNIT_MAIN("cli/container_config", UNIT_TEST(plain_flags), UNIT_TEST(entrypoints),
	  UNIT_TEST(directories), UNIT_TEST(bad_values), UNIT_TEST(devices),
	  UNIT_TEST(restart_policies))
