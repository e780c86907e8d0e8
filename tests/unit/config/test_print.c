/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "ini.h"

#include "base/json_out.h"
#include "base/text.h"
#include "config/config.h"

#include <cleat/cleanup.h>

static struct config *open_bytes(const char *text, char path[256])
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct config *config = NULL;
	struct cleat_error err = { 0 };

	UNIT_OK(config_open(ini_write(&dir, "t.ini", text, strlen(text), path), &config, &err),
		err);
	return config;
}

static void defaults_are_comments(void)
{
	_cleanup_text_ struct text out = { 0 };
	size_t n = 0;
	const struct cleat_key *keys = config_cleat_keys(&n);

	config_print_defaults(&out, "cleat", "A summary.", keys, n, sizeof(*keys));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.bytes, "\n[cleat]\n# A summary.\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.bytes, "\n#root = /var/lib/cleat\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.bytes, "# (duration, 100ms..1h)\n#shim-timeout = 10s\n"));
	for (char *line = strtok(out.bytes, "\n"); line; line = strtok(NULL, "\n")) {
		CU_ASSERT_TRUE(line[0] == '#' || line[0] == '[');
		CU_ASSERT_TRUE(strlen(line) <= 98);
	}
}

/* Take the comment signs away and read it: the same values. */
static void uncommented_defaults_are_the_defaults(void)
{
	_cleanup_text_ struct text out = { 0 };
	_cleanup_text_ struct text plain = { 0 };
	char path[256];
	size_t n = 0;
	const struct cleat_key *keys = config_cleat_keys(&n);

	config_print_defaults(&out, "cleat", "A summary.", keys, n, sizeof(*keys));
	for (char *line = strtok(out.bytes, "\n"); line; line = strtok(NULL, "\n"))
		text_printf(&plain, "%s\n", line[0] == '#' && line[1] != ' ' ? line + 1 : line);
	__attribute__((cleanup(config_freep))) struct config *config =
		open_bytes(plain.bytes, path);
	__attribute__((cleanup(config_freep))) struct config *none = open_bytes("", path);

	CU_ASSERT_EQUAL(config->nentries, n);
	CU_ASSERT_STRING_EQUAL(config->cleat.root, none->cleat.root);
	CU_ASSERT_STRING_EQUAL(config->cleat.socket, none->cleat.socket);
	CU_ASSERT_EQUAL(config->cleat.shim_timeout_ns, none->cleat.shim_timeout_ns);
}

static void show_names_the_origin_and_can_be_read_again(void)
{
	_cleanup_text_ struct text out = { 0 };
	char path[256];
	char again_path[256];
	char expected[400];
	size_t n = 0;
	const struct cleat_key *keys = config_plugins_keys(&n);
	__attribute__((cleanup(config_freep))) struct config *config =
		open_bytes("[plugins]\nio = mine\n", path);

	config_print_section(&out, config, "plugins", keys, n, sizeof(*keys));
	(void)snprintf(expected, sizeof(expected), "; %s:2\n", path);
	CU_ASSERT_PTR_NOT_NULL(strstr(out.bytes, expected));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.bytes, "runtime = linux "));
	CU_ASSERT_PTR_NOT_NULL(strstr(out.bytes, "; default\n"));
	__attribute__((cleanup(config_freep))) struct config *again =
		open_bytes(out.bytes, again_path);

	CU_ASSERT_STRING_EQUAL(again->plugins.io, "mine");
	CU_ASSERT_STRING_EQUAL(again->plugins.load, config->plugins.load);
}

static void json_has_every_key(void)
{
	_cleanup_json_out_ struct json_out *out = json_out_new(false);
	_cleanup_json_ struct json_doc *doc = NULL;
	struct cleat_error err = { 0 };
	char path[256];
	size_t n = 0;
	const struct cleat_key *keys = config_plugins_keys(&n);
	__attribute__((cleanup(config_freep))) struct config *config =
		open_bytes("[plugins]\nio = mine\n", path);

	json_out_array(out);
	config_json_section(out, config, "plugins", keys, n, sizeof(*keys));
	json_out_array_end(out);
	_cleanup_free_ char *text = json_out_take(out);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	UNIT_OK(json_parse(text, strlen(text), &doc, &err), err);
	CU_ASSERT_EQUAL_FATAL(json_len(json_root(doc)), n);
	const struct json *io = json_at(json_root(doc), n - 2); /* detached-io is last */

	CU_ASSERT_STRING_EQUAL(json_text(json_get(io, "Key")), "io");
	CU_ASSERT_STRING_EQUAL(json_text(json_get(io, "Value")), "mine");
	CU_ASSERT_STRING_EQUAL(json_text(json_get(io, "Default")), "fifo");
	CU_ASSERT_STRING_EQUAL(json_text(json_get(io, "File")), path);
	CU_ASSERT_PTR_NULL(json_get(json_at(json_root(doc), 0), "File"));
}

/* Found by fuzz/ini: with its origin behind it the line was longer than inih takes. */
static void long_values_are_lines_that_can_be_read(void)
{
	_cleanup_text_ struct text given = { 0 };
	_cleanup_text_ struct text out = { 0 };
	char path[256];
	size_t n = 0;
	const struct cleat_key *keys = config_plugins_keys(&n);

	text_add(&given, "[plugins]\nload = first");
	for (int i = 0; i < 40; i++)
		text_printf(&given, "%s plugin-number-%d", i % 4 ? "" : "\n  ", i);
	__attribute__((cleanup(config_freep))) struct config *config =
		open_bytes(given.bytes, path);

	config_print_section(&out, config, "plugins", keys, n, sizeof(*keys));
	__attribute__((cleanup(config_freep))) struct config *again = open_bytes(out.bytes, path);

	CU_ASSERT(strlen(config->plugins.load) > 600);
	CU_ASSERT_STRING_EQUAL(config->plugins.load, again->plugins.load);
}

UNIT_MAIN("config/print", UNIT_TEST(defaults_are_comments),
	  UNIT_TEST(uncommented_defaults_are_the_defaults),
	  UNIT_TEST(show_names_the_origin_and_can_be_read_again), UNIT_TEST(json_has_every_key),
	  UNIT_TEST(long_values_are_lines_that_can_be_read))
