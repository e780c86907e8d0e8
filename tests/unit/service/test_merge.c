/* SPDX-License-Identifier: Apache-2.0 */
/* test_merge.c - the image speaks where the user is silent: docker's rules. */
#include "service/service.h"

#include "image/image.h"
#include "support/unit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <cleat/cleanup.h>

static struct cleat_error err;

static struct image_manifest image(void)
{
	static char *env[] = { (char *)(uintptr_t) "PATH=/image", (char *)(uintptr_t) "A=1", NULL };
	static char *entrypoint[] = { (char *)(uintptr_t) "/init", NULL };
	static char *cmd[] = { (char *)(uintptr_t) "serve", (char *)(uintptr_t) "-v", NULL };
	static char *labels[] = { (char *)(uintptr_t) "who", (char *)(uintptr_t) "image",
				  (char *)(uintptr_t) "only", (char *)(uintptr_t) "here", NULL };

	return (struct image_manifest){ .env = env,
					.entrypoint = entrypoint,
					.cmd = cmd,
					.labels = labels,
					.user = (char *)(uintptr_t) "www",
					.workdir = (char *)(uintptr_t) "/srv",
					.stop_signal = (char *)(uintptr_t) "SIGQUIT" };
}

static container_config *config_new(void)
{
	return cleat__v1__container_config__unpack(NULL, 0, NULL);
}

static void config_end(container_config *config)
{
	cleat__v1__container_config__free_unpacked(config, NULL);
}

static void silence_takes_everything(void)
{
	struct image_manifest manifest = image();
	container_config *config = config_new();

	UNIT_OK(service_merge(config, &manifest, &err), err);
	CU_ASSERT_EQUAL(config->n_env, 2);
	CU_ASSERT_EQUAL_FATAL(config->n_entrypoint, 1);
	CU_ASSERT_STRING_EQUAL(config->entrypoint[0], "/init");
	CU_ASSERT_EQUAL_FATAL(config->n_args, 2);
	CU_ASSERT_STRING_EQUAL(config->args[1], "-v");
	CU_ASSERT_STRING_EQUAL(config->user, "www");
	CU_ASSERT_STRING_EQUAL(config->workdir, "/srv");
	CU_ASSERT_STRING_EQUAL(config->stop_signal, "SIGQUIT");
	CU_ASSERT_EQUAL(config->n_labels, 2);
	config_end(config);
}

static void the_user_wins(void)
{
	struct image_manifest manifest = image();
	container_config *config = config_new();

	UNIT_OK(service_append(&config->env, &config->n_env, "A=2"), err);
	UNIT_OK(service_append(&config->args, &config->n_args, "other"), err);
	UNIT_OK(task_set_message_text(&config->user, "me"), err);
	UNIT_OK(service_merge(config, &manifest, &err), err);
	CU_ASSERT_EQUAL_FATAL(config->n_env, 2);
	CU_ASSERT_STRING_EQUAL(config->env[0], "PATH=/image");
	CU_ASSERT_STRING_EQUAL(config->env[1], "A=2");
	CU_ASSERT_EQUAL_FATAL(config->n_args, 1);
	CU_ASSERT_STRING_EQUAL(config->args[0], "other");
	CU_ASSERT_EQUAL(config->n_entrypoint, 1);
	CU_ASSERT_STRING_EQUAL(config->user, "me");
	config_end(config);
}

static void a_new_entrypoint_drops_the_command(void)
{
	struct image_manifest manifest = image();
	container_config *config = config_new();

	config->entrypoint_set = true;
	UNIT_OK(service_append(&config->entrypoint, &config->n_entrypoint, "/mine"), err);
	UNIT_OK(service_merge(config, &manifest, &err), err);
	CU_ASSERT_EQUAL(config->n_entrypoint, 1);
	CU_ASSERT_EQUAL(config->n_args, 0);
	config_end(config);
}

static void an_empty_entrypoint_empties(void)
{
	struct image_manifest manifest = image();
	container_config *config = config_new();

	config->entrypoint_set = true;
	UNIT_OK(service_append(&config->args, &config->n_args, "/bin/sh"), err);
	UNIT_OK(service_merge(config, &manifest, &err), err);
	CU_ASSERT_EQUAL(config->n_entrypoint, 0);
	CU_ASSERT_EQUAL(config->n_args, 1);
	config_end(config);
}

/* A variable without a value takes the image's away, and a longer name is another name. */
static void names_are_compared_whole(void)
{
	struct image_manifest manifest = image();
	container_config *config = config_new();

	UNIT_OK(service_append(&config->env, &config->n_env, "PATHS=x"), err);
	UNIT_OK(service_merge(config, &manifest, &err), err);
	CU_ASSERT_EQUAL(config->n_env, 3);
	config_end(config);
}

UNIT_MAIN("merge", UNIT_TEST(silence_takes_everything), UNIT_TEST(the_user_wins),
	  UNIT_TEST(a_new_entrypoint_drops_the_command), UNIT_TEST(an_empty_entrypoint_empties),
	  UNIT_TEST(names_are_compared_whole))
