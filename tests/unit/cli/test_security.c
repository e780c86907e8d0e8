/* SPDX-License-Identifier: Apache-2.0 */
/* test_security.c - --security-opt. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/container_config.h"
#include "parse.h"
#include "support/unit.h"

static int collect(char *option, Cleat__V1__ContainerConfig *c, struct cli *cli)
{
	cleat__v1__container_config__init(c);
	UNIT_OK(PARSE(cli, "run", "--security-opt", option, "img"), cli->err);
	return security_collect(cli, c);
}

static void words(void)
{
	Cleat__V1__ContainerConfig c;
	struct cli cli;

	UNIT_OK(collect("seccomp=unconfined", &c, &cli), cli.err);
	CU_ASSERT_STRING_EQUAL(c.seccomp_profile, "unconfined");
	parse_end(&cli);
	UNIT_OK(collect("no-new-privileges", &c, &cli), cli.err);
	CU_ASSERT_TRUE(c.no_new_privileges);
	parse_end(&cli);
	UNIT_OK(collect("no-new-privileges:false", &c, &cli), cli.err);
	CU_ASSERT_FALSE(c.no_new_privileges);
	parse_end(&cli);
	UNIT_FAILS(collect("nosuch", &c, &cli), EINVAL, cli.err, "nosuch");
	parse_end(&cli);
	UNIT_FAILS(collect("seccomp=", &c, &cli), EINVAL, cli.err, "seccomp=FILE");
	parse_end(&cli);
	/* docker's four spellings */
	UNIT_OK(collect("no-new-privileges=true", &c, &cli), cli.err);
	CU_ASSERT_TRUE(c.no_new_privileges);
	parse_end(&cli);
	UNIT_OK(collect("no-new-privileges:true", &c, &cli), cli.err);
	CU_ASSERT_TRUE(c.no_new_privileges);
	parse_end(&cli);
	UNIT_FAILS(collect("no-new-privileges=perhaps", &c, &cli), EINVAL, cli.err,
		   "true or false");
	parse_end(&cli);
	/* a key that only begins like one */
	UNIT_FAILS(collect("app=x", &c, &cli), EINVAL, cli.err, "apparmor=PROFILE");
	parse_end(&cli);
}

static void apparmor(void)
{
	Cleat__V1__ContainerConfig c;
	struct cli cli;

	UNIT_OK(collect("apparmor=docker-default", &c, &cli), cli.err);
	CU_ASSERT_STRING_EQUAL(c.apparmor_profile, "docker-default");
	parse_end(&cli);
	UNIT_OK(collect("apparmor:two words // hat", &c, &cli), cli.err);
	CU_ASSERT_STRING_EQUAL(c.apparmor_profile, "two words // hat");
	parse_end(&cli);
	UNIT_OK(collect("apparmor=unconfined", &c, &cli), cli.err);
	CU_ASSERT_STRING_EQUAL(c.apparmor_profile, "");
	parse_end(&cli);
	UNIT_FAILS(collect("apparmor=", &c, &cli), EINVAL, cli.err, "apparmor=PROFILE");
	parse_end(&cli);
}

static void selinux(void)
{
	Cleat__V1__ContainerConfig c;
	struct cli cli;

	UNIT_OK(collect("label=type:spc_t", &c, &cli), cli.err);
	CU_ASSERT_STRING_EQUAL(c.selinux_label, "system_u:system_r:spc_t:s0");
	parse_end(&cli);
	cleat__v1__container_config__init(&c);
	UNIT_OK(PARSE(&cli, "run", "--security-opt", "label=level:s0:c1,c2", "--security-opt",
		      "label:user:me", "--security-opt", "label=role:r", "img"),
		cli.err);
	UNIT_OK(security_collect(&cli, &c), cli.err);
	CU_ASSERT_STRING_EQUAL(c.selinux_label, "me:r:container_t:s0:c1,c2");
	parse_end(&cli);
	UNIT_OK(collect("label=disable", &c, &cli), cli.err);
	CU_ASSERT_STRING_EQUAL(c.selinux_label, "");
	parse_end(&cli);
	char *const wrong[] = { "label", "label=", "label=type:", "label=type:a:b",
				"label=sort:x" };

	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		UNIT_FAILS(collect(wrong[i], &c, &cli), EINVAL, cli.err, "label=disable");
		parse_end(&cli);
	}
}

static void profiles(void)
{
	Cleat__V1__ContainerConfig c;
	struct cli cli;
	char path[] = "/tmp/cli-seccomp-XXXXXX";
	char option[64];
	int fd = mkstemp(path);

	(void)snprintf(option, sizeof(option), "seccomp=%s", path);
	CU_ASSERT_EQUAL(write(fd, "{\"a\":1}", 7), 7);
	UNIT_OK(collect(option, &c, &cli), cli.err);
	CU_ASSERT_STRING_EQUAL(c.seccomp_profile, "{\"a\":1}");
	parse_end(&cli);
	CU_ASSERT_EQUAL(write(fd, "x", 1), 1);
	UNIT_FAILS(collect(option, &c, &cli), EINVAL, cli.err, "is no JSON");
	parse_end(&cli);
	(void)close(fd);
	(void)unlink(path);
	UNIT_FAILS(collect(option, &c, &cli), EINVAL, cli.err, "opening seccomp profile");
	parse_end(&cli);
}

UNIT_MAIN("cli/security", UNIT_TEST(words), UNIT_TEST(apparmor), UNIT_TEST(selinux),
	  UNIT_TEST(profiles))
