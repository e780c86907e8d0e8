/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include "base/json_out.h"
#include "base/text.h"
#include "plugin/describe.h"

#include <cleat/cleanup.h>

static const struct registry_env look = { .types = PLUGIN_ALL, .look_only = true };

static struct config *config;
static struct registry *registry;

/* restart is good and set, io-null is good, other_abi is refused */
static void open_world(const struct tmpdir *dir)
{
	struct cleat_error err = { 0 };

	world_copy(dir, PLUGINS, "restart");
	world_copy(dir, TEST_PLUGINS, "io-null");
	world_copy(dir, BROKEN_PLUGINS, "broken-other_abi");
	config = world_config(dir, "load = restart io-null broken-other_abi\n"
				   "[restart/standard]\ndelay-max = 2m\n");
	UNIT_OK(registry_open(config, &look, &registry, &err), err);
}

static void close_world(void)
{
	registry_close(registry);
	config_free(config);
}

static void rows_tell_the_state(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct describe_row row;

	open_world(&dir);
	describe_row(registry_at(registry, 0), &row);
	CU_ASSERT_STRING_EQUAL(row.type, "restart");
	CU_ASSERT_STRING_EQUAL(row.name, "standard");
	CU_ASSERT_STRING_EQUAL(row.state, "loaded");
	CU_ASSERT_STRING_EQUAL(row.why, "");
	CU_ASSERT_PTR_NOT_NULL(strstr(row.file, "/restart.so"));
	describe_row(registry_at(registry, 2), &row);
	CU_ASSERT_STRING_EQUAL(row.type, "");
	CU_ASSERT_STRING_EQUAL(row.state, "refused");
	CU_ASSERT_PTR_NOT_NULL(strstr(row.why, "found plugin ABI 8"));
	close_world();
}

static void plugins_are_found_by_both_names(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	const struct plugin *plugin = NULL;
	struct cleat_error err = { 0 };

	open_world(&dir);
	UNIT_OK(describe_find(registry, "restart/standard", &plugin, &err), err);
	UNIT_OK(describe_find(registry, "io-null", &plugin, &err), err);
	CU_ASSERT_STRING_EQUAL(plugin->desc.name, "null");
	UNIT_OK(describe_find(registry, "broken-other_abi", &plugin, &err), err);
	CU_ASSERT_TRUE(plugin->refused);
	UNIT_FAILS(describe_find(registry, "restart/standrd", &plugin, &err), ENOENT, err,
		   "did you mean 'restart/standard'?");
	close_world();
}

static void show_has_settings_with_docs(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_text_ struct text out = { 0 };

	open_world(&dir);
	describe_plugin(registry_at(registry, 0), config, &out);
	CU_ASSERT_PTR_NOT_NULL(strstr(out.bytes, "restart/standard"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.bytes, "jitter-percent = \n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.bytes, "No delay is longer."));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.bytes, "delay-max = 2m\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.bytes, "default is empty; set in "));
	describe_plugin(registry_at(registry, 2), config, &out);
	CU_ASSERT_PTR_NOT_NULL(strstr(out.bytes, "refused"));
	close_world();
}

static struct json_doc *take(struct json_out *out)
{
	_cleanup_free_ char *text = json_out_take(out);
	struct json_doc *doc = NULL;
	struct cleat_error err = { 0 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	UNIT_OK(json_parse(text, strlen(text), &doc, &err), err);
	return doc;
}

static void json_is_whole(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_json_out_ struct json_out *list = json_out_new(false);
	_cleanup_json_out_ struct json_out *one = json_out_new(true);
	_cleanup_json_out_ struct json_out *all = json_out_new(true);

	open_world(&dir);
	describe_list_json(registry, list);
	_cleanup_json_ struct json_doc *doc = take(list);

	CU_ASSERT_EQUAL(json_len(json_root(doc)), 3);
	CU_ASSERT_STRING_EQUAL(json_text(json_get(json_at(json_root(doc), 2), "State")), "refused");
	describe_plugin_json(registry_at(registry, 0), config, one);
	_cleanup_json_ struct json_doc *plugin = take(one);

	CU_ASSERT_EQUAL(json_len(json_get(json_root(plugin), "Settings")), 22);
	describe_config_json(registry, config, all);
	_cleanup_json_ struct json_doc *keys = take(all);

	CU_ASSERT_TRUE(json_len(json_root(keys)) > 20);
	close_world();
}

static void the_configuration_is_shown_by_section(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	_cleanup_text_ struct text shown = { 0 };
	_cleanup_text_ struct text defaults = { 0 };

	open_world(&dir);
	describe_config(registry, config, &shown);
	CU_ASSERT_PTR_NOT_NULL(strstr(shown.bytes, "[cleat]\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(shown.bytes, "[restart/standard]\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(shown.bytes, "cleat.ini:6\n"));
	describe_defaults(registry, &defaults);
	CU_ASSERT_PTR_NOT_NULL(strstr(defaults.bytes, "\n#start-error-retries = 3\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(defaults.bytes, "\n#[shim/NAME]\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(defaults.bytes, "# must be set:\n#binary =\n"));
	close_world();
}

UNIT_MAIN("plugin/describe", UNIT_TEST(rows_tell_the_state),
	  UNIT_TEST(plugins_are_found_by_both_names), UNIT_TEST(show_has_settings_with_docs),
	  UNIT_TEST(json_is_whole), UNIT_TEST(the_configuration_is_shown_by_section))
