/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "use/use.h"

#include <cleat/cleanup.h>

#include <errno.h>

#define _cleanup_config_ __attribute__((cleanup(config_freep)))

static int open_lines(const struct tmpdir *dir, const char *lines, const struct registry_env *env,
		      struct config **config, struct registry **out, struct cleat_error *err)
{
	*config = world_config(dir, lines);
	*out = NULL;
	return registry_open(*config, env, out, err);
}

static const struct registry_env restart_only = { .types = PLUGIN_RESTART };
static const struct registry_env lenient = { .types = PLUGIN_RESTART, .keep_going = true };
static const struct registry_env look = { .types = PLUGIN_ALL, .look_only = true };

static void the_default_is_swapped_by_one_line(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_exit exit = { .size = sizeof(exit), .cause = CLEAT_CAUSE_FAILURE };
	struct cleat_error err = { 0 };
	static const char *const lines[] = { "load = restart restart-never\n",
					     "load = restart restart-never\nrestart = never\n" };

	world_copy(&dir, PLUGINS, "restart");
	world_copy(&dir, TEST_PLUGINS, "restart-never");
	for (size_t i = 0; i < 2; i++) {
		_cleanup_config_ struct config *config = NULL;
		struct registry *registry = NULL;
		const struct plugin *plugin = NULL;
		struct cleat_policy policy;
		struct cleat_decision decision;
		char name[32];

		UNIT_OK(open_lines(&dir, lines[i], &restart_only, &config, &registry, &err), err);
		UNIT_OK(registry_find(registry, "restart", NULL, &plugin, &err), err);
		UNIT_OK(use_restart_parse(plugin, "always", name, &policy, &err), err);
		UNIT_OK(use_restart_decide(plugin, &policy, &exit, &decision, &err), err);
		CU_ASSERT_EQUAL(decision.restart, i == 0);
		registry_close(registry);
	}
}

static void settings_reach_the_plugin(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_config_ struct config *config = NULL;
	struct cleat_exit exit = { .size = sizeof(exit), .cause = CLEAT_CAUSE_FAILURE };
	struct cleat_policy policy = { .size = sizeof(policy), .name = "always" };
	struct cleat_error err = { 0 };
	struct cleat_decision decision;
	struct registry *registry = NULL;
	const struct plugin *plugin = NULL;

	world_copy(&dir, PLUGINS, "restart");
	UNIT_OK(open_lines(&dir, "load = restart\n[restart/standard]\ndelay-initial = 7s\n",
			   &restart_only, &config, &registry, &err),
		err);
	UNIT_OK(registry_find(registry, "restart", "standard", &plugin, &err), err);
	UNIT_OK(use_restart_decide(plugin, &policy, &exit, &decision, &err), err);
	CU_ASSERT_EQUAL(decision.delay_ns, 7000000000ull);
	registry_close(registry);
}

/* Each of these plugins is refused with a sentence that has its file, what was found, what was wanted. */
static void every_fault_is_a_sentence(void)
{
	static const struct {
		const char *stem, *words;
	} faults[] = {
		{ "broken-no_magic", "found magic 0x12345678" },
		{ "broken-other_abi", "found plugin ABI 8, wanted 1" },
		{ "broken-no_ops", "found no operation 'should_restart'" },
		{ "broken-no_symbol", "found no symbol 'cleat_plugin'" },
		{ "broken-lazy", "found lazy binding" },
		{ "broken-undefined", "cleat_nobody_defines_this" },
		{ "broken-fails_init", "it will not today" },
		{ "missing", "No such file or directory" },
	};

	for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
		_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
		_cleanup_config_ struct config *config = NULL;
		struct cleat_error err = { 0 };
		struct registry *registry = NULL;
		char lines[128];

		if (strcmp(faults[i].stem, "missing") != 0)
			world_copy(&dir, BROKEN_PLUGINS, faults[i].stem);
		(void)snprintf(lines, sizeof(lines), "load = %s\nrestart = broken\n",
			       faults[i].stem);
		CU_ASSERT_TRUE(open_lines(&dir, lines, &restart_only, &config, &registry, &err) <
			       0);
		CU_ASSERT_PTR_NULL(registry);
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, faults[i].words));
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, dir.path));
		CU_ASSERT_PTR_NOT_NULL(strstr(err.text, faults[i].stem));
		if (!strstr(err.text, faults[i].words))
			(void)fprintf(stderr, "\n%s: %s\n", faults[i].stem, err.text);
	}
}

static void dependencies_are_checked(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_config_ struct config *config = NULL;
	_cleanup_config_ struct config *gap = NULL;
	struct cleat_error err = { 0 };
	struct registry *registry = NULL;

	world_copy(&dir, BROKEN_PLUGINS, "broken-cycle_a");
	world_copy(&dir, BROKEN_PLUGINS, "broken-cycle_b");
	world_copy(&dir, BROKEN_PLUGINS, "broken-needs_gap");
	UNIT_FAILS(open_lines(&dir, "load = broken-cycle_a broken-cycle_b\n", &restart_only,
			      &config, &registry, &err),
		   ELOOP, err,
		   "restart/cycle-a needs restart/cycle-b needs restart/cycle-a: that is a circle");
	UNIT_FAILS(
		open_lines(&dir, "load = broken-needs_gap\n", &restart_only, &gap, &registry, &err),
		ENOENT, err, "restart/needs-gap needs snapshotter/nowhere");
}

static void a_name_is_taken_once(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_config_ struct config *config = NULL;
	_cleanup_config_ struct config *twice = NULL;
	struct cleat_error err = { 0 };
	struct registry *registry = NULL;

	world_copy(&dir, PLUGINS, "restart");
	world_copy(&dir, BROKEN_PLUGINS, "broken-twice");
	UNIT_FAILS(open_lines(&dir, "load = restart broken-twice\n", &restart_only, &config,
			      &registry, &err),
		   EEXIST, err, "found restart/standard, which '");
	UNIT_FAILS(open_lines(&dir, "load = restart restart\n", &restart_only, &twice, &registry,
			      &err),
		   EINVAL, err, "cleat.ini:4: [plugins] load names 'restart' twice");
}

static void names_do_not_leave_the_directory(void)
{
	static const char *const bad[] = { "load = ../restart\n", "load = a/b\n",
					   "load = .hidden\n" };
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };

	for (size_t i = 0; i < 3; i++) {
		_cleanup_config_ struct config *config = NULL;
		struct registry *registry = NULL;

		UNIT_FAILS(open_lines(&dir, bad[i], &restart_only, &config, &registry, &err),
			   EINVAL, err, "wanted a file's name without directory");
	}
}

/* keep_going: a broken plugin is refused and told, and the daemon lives; unless it is the default. */
static void a_broken_plugin_does_not_take_all_down(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_config_ struct config *config = NULL;
	_cleanup_config_ struct config *needed = NULL;
	struct cleat_error err = { 0 };
	struct registry *registry = NULL;
	const struct plugin *plugin = NULL;

	world_copy(&dir, PLUGINS, "restart");
	world_copy(&dir, BROKEN_PLUGINS, "broken-other_abi");
	world_copy(&dir, BROKEN_PLUGINS, "broken-fails_init");
	UNIT_OK(open_lines(&dir, "load = broken-other_abi restart broken-fails_init\n", &lenient,
			   &config, &registry, &err),
		err);
	CU_ASSERT_EQUAL(registry_count(registry), 3);
	CU_ASSERT_TRUE(registry_at(registry, 0)->refused);
	CU_ASSERT_PTR_NOT_NULL(strstr(registry_at(registry, 0)->why, "found plugin ABI 8"));
	CU_ASSERT_TRUE(registry_at(registry, 2)->refused);
	UNIT_OK(registry_find(registry, "restart", NULL, &plugin, &err), err);
	UNIT_FAILS(registry_find(registry, "restart", "broken", &plugin, &err), ENOENT, err,
		   "restart plugin 'broken' is not loaded; there is standard; refused: ");
	registry_close(registry);
	UNIT_FAILS(open_lines(&dir, "load = broken-other_abi\nrestart = broken\n", &lenient,
			      &needed, &registry, &err),
		   ENOENT, err, "found plugin ABI 8");
}

static void sections_need_an_owner(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_config_ struct config *unknown = NULL;
	_cleanup_config_ struct config *empty = NULL;
	_cleanup_config_ struct config *other = NULL;
	_cleanup_config_ struct config *key = NULL;
	struct cleat_error err = { 0 };
	struct registry *registry = NULL;

	world_copy(&dir, PLUGINS, "restart");
	UNIT_FAILS(
		open_lines(&dir, "load = restart\n[restart/standart]\ndelay-max = 1s\n",
			   &restart_only, &unknown, &registry, &err),
		EINVAL, err,
		"cleat.ini:5: no plugin of [plugins] load owns the section [restart/standart]; did "
		"you mean [restart/standard]?");
	UNIT_FAILS(open_lines(&dir, "load = restart\n[restart/x]\n", &restart_only, &empty,
			      &registry, &err),
		   EINVAL, err, "cleat.ini:5: no plugin");
	/* another program's business */
	UNIT_OK(open_lines(&dir, "load = restart\n[io/x]\ny = z\n", &restart_only, &other,
			   &registry, &err),
		err);
	registry_close(registry);
	UNIT_FAILS(open_lines(&dir, "load = restart\n[restart/standard]\ndelay = 1s\n",
			      &restart_only, &key, &registry, &err),
		   EINVAL, err, "cleat.ini:6: unknown key 'delay' in [restart/standard]");
}

static void looking_calls_nothing_and_checks_all(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_config_ struct config *config = NULL;
	_cleanup_config_ struct config *refused = NULL;
	_cleanup_config_ struct config *good = NULL;
	struct cleat_error err = { 0 };
	struct registry *registry = NULL;

	world_copy(&dir, PLUGINS, "restart");
	world_copy(&dir, TEST_PLUGINS, "io-null");
	world_copy(&dir, TEST_PLUGINS, "runtime-fake");
	world_copy(&dir, TEST_PLUGINS, "snapshot-copy");
	world_copy(&dir, BROKEN_PLUGINS, "broken-fails_init");
	world_copy(&dir, BROKEN_PLUGINS, "broken-other_abi");
	UNIT_OK(open_lines(&dir, "load = broken-fails_init\n", &look, &config, &registry, &err),
		err);
	CU_ASSERT_FALSE(registry_at(registry, 0)->refused); /* init was not asked */
	UNIT_FAILS(registry_check(registry, &err), ENOENT, err, "runtime plugin 'linux'");
	registry_close(registry);
	UNIT_OK(open_lines(&dir, "load = broken-other_abi\n", &look, &refused, &registry, &err),
		err);
	UNIT_FAILS(registry_check(registry, &err), EINVAL, err, "found plugin ABI 8");
	registry_close(registry);
	UNIT_OK(open_lines(&dir,
			   "load = restart io-null runtime-fake snapshot-copy\nruntime = fake\n"
			   "snapshotter = copy\nio = null\n",
			   &look, &good, &registry, &err),
		err);
	UNIT_OK(registry_check(registry, &err), err);
	registry_close(registry);
}

/* A plugin that replaced another's file is the one that is loaded, and each open keeps its own. */
static void a_new_file_is_a_new_plugin(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct cleat_error err = { 0 };
	static const char *const sources[][2] = { { PLUGINS, "restart" },
						  { TEST_PLUGINS, "restart-never" } };
	static const char *const names[] = { "standard", "never" };

	for (size_t i = 0; i < 2; i++) {
		_cleanup_config_ struct config *config = NULL;
		struct registry *registry = NULL;
		char command[1024];

		(void)snprintf(command, sizeof(command),
			       "cp '%s/%s.so' '%s/x.new' && chmod 644 '%s/x.new' && mv '%s/x.new' "
			       "'%s/x.so'",
			       sources[i][0], sources[i][1], dir.path, dir.path, dir.path,
			       dir.path);
		CU_ASSERT_EQUAL_FATAL(system(command), 0);
		UNIT_OK(open_lines(&dir, "load = x\n", &look, &config, &registry, &err), err);
		CU_ASSERT_STRING_EQUAL(registry_at(registry, 0)->desc.name, names[i]);
		registry_close(registry);
	}
}

UNIT_MAIN("plugin/registry", UNIT_TEST(the_default_is_swapped_by_one_line),
	  UNIT_TEST(settings_reach_the_plugin), UNIT_TEST(every_fault_is_a_sentence),
	  UNIT_TEST(dependencies_are_checked), UNIT_TEST(a_name_is_taken_once),
	  UNIT_TEST(names_do_not_leave_the_directory),
	  UNIT_TEST(a_broken_plugin_does_not_take_all_down), UNIT_TEST(sections_need_an_owner),
	  UNIT_TEST(looking_calls_nothing_and_checks_all), UNIT_TEST(a_new_file_is_a_new_plugin))
