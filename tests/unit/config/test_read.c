/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "ini.h"

#include "config/config.h"

static char path[256];

/* Open @text as the one file; the result of config_open. */
static int open_text(const struct tmpdir *dir, const char *text, struct config **out,
		     struct cleat_error *err)
{
	return config_open(ini_write(dir, "t.ini", text, strlen(text), path), out, err);
}

static void fails(const char *text, const char *words)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	__attribute__((cleanup(config_freep))) struct config *config = NULL;
	struct cleat_error err = { 0 };

	UNIT_FAILS(open_text(&dir, text, &config, &err), EINVAL, err, words);
	CU_ASSERT_PTR_NULL(config);
}

static void values_have_file_and_line(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	__attribute__((cleanup(config_freep))) struct config *config = NULL;
	struct cleat_error err = { 0 };

	UNIT_OK(open_text(&dir,
			  "; comment\n\n[cleat]\n# another\nroot = /a b ; why\nno-pivot=yes\n",
			  &config, &err),
		err);
	CU_ASSERT_STRING_EQUAL(config->cleat.root, "/a b");
	CU_ASSERT_TRUE(config->cleat.no_pivot);
	const struct config_entry *entry = config_find(config, "cleat", "root");

	CU_ASSERT_PTR_NOT_NULL_FATAL(entry);
	CU_ASSERT_EQUAL(entry->line, 5);
	CU_ASSERT_STRING_EQUAL(entry->file, path);
	CU_ASSERT_STRING_EQUAL(config->file, path);
	CU_ASSERT_PTR_NULL(config_find(config, "cleat", "state"));
	CU_ASSERT_STRING_EQUAL(config->cleat.socket, "/run/cleat/cleatd.sock");
}

static void unknown_words_name_the_nearest(void)
{
	fails("[plugins]\nsnapshoter = x\n",
	      "t.ini:2: unknown key 'snapshoter' in [plugins]; did you mean 'snapshotter'?");
	fails("[cleat]\nzzzzzz = x\n", "t.ini:2: unknown key 'zzzzzz' in [cleat]");
	fails("[cleet]\nroot = /x\n", "t.ini:1: unknown section [cleet]; did you mean [cleat]?");
	fails("\n[snapshoter/overlay]\n",
	      "t.ini:2: unknown section [snapshoter/overlay]; did you mean [snapshotter/overlay]?");
	fails("[runtime/]\nx = y\n", "t.ini:1: unknown section [runtime/]");
}

static void duplicates_name_the_first(void)
{
	fails("[cleat]\nroot = /a\nroot = /b\n",
	      "t.ini:3: key 'root' in [cleat] is already set in line 2");
	fails("[cleat]\nroot = /a\n[plugins]\nio = x\n[cleat]\nroot = /b\n", "t.ini:6: key 'root'");
}

static void broken_lines_are_told(void)
{
	fails("[cleat]\nroot\n", "t.ini:2: neither '[section]' nor 'key = value'");
	fails("[cleat\n", "t.ini:1: neither");
	fails("root = /x\n", "t.ini:1: a key before the first [section]");
}

static void long_lines_are_not_cut(void)
{
	char text[1000] = "[cleat]\nroot = /";

	memset(text + strlen(text), 'x', 300);
	fails(text, "t.ini:2: the line is longer than");
}

static void indented_lines_go_on(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	__attribute__((cleanup(config_freep))) struct config *config = NULL;
	struct cleat_error err = { 0 };

	UNIT_OK(open_text(&dir, "[plugins]\nload = one\n  two\n\tthree\nio = x\n", &config, &err),
		err);
	CU_ASSERT_STRING_EQUAL(config->plugins.load, "one two three");
	CU_ASSERT_STRING_EQUAL(config->plugins.io, "x");
}

static void a_nul_byte_is_told(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	__attribute__((cleanup(config_freep))) struct config *config = NULL;
	struct cleat_error err = { 0 };
	static const char text[] = "[cleat]\nroot = /a\0bc\n";

	(void)ini_write(&dir, "t.ini", text, sizeof(text) - 1, path);
	UNIT_FAILS(config_open(path, &config, &err), EINVAL, err, "t.ini:2: the line holds a NUL");
}

static void bad_values_are_told(void)
{
	fails("[cleat]\nlog-level = loud\n",
	      "t.ini:2: bad value for key 'log-level' in [cleat]: 'loud' is none of "
	      "debug|info|warn|error");
	fails("[cleat]\nno-pivot = maybe\n", "'maybe' is neither yes nor no");
	fails("[cleat]\nshim-timeout = 10\n", "'10' is no duration");
	fails("[cleat]\nshim-timeout = 1ms\n", "1ms is not within 100ms..1h");
	fails("[cleat]\nroot = relative\n",
	      "t.ini:2: key 'root' in [cleat] must be an absolute path");
	fails("[cleat]\nstate = /a/../b\n", "without '..'");
	fails("[cleat]\nroot =\n", "must be an absolute path");
}

static void shims_are_sections(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	__attribute__((cleanup(config_freep))) struct config *config = NULL;
	struct cleat_error err = { 0 };

	UNIT_OK(open_text(&dir,
			  "[shim/runc]\nbinary = /usr/bin/x\n[shim/k]\nbinary=/y\nmode = any\n",
			  &config, &err),
		err);
	CU_ASSERT_EQUAL_FATAL(config->nshims, 2);
	CU_ASSERT_STRING_EQUAL(config->shims[0].name, "runc");
	CU_ASSERT_STRING_EQUAL(config->shims[0].binary, "/usr/bin/x");
	CU_ASSERT_EQUAL(config->shims[0].mode, 0);
	CU_ASSERT_EQUAL(config->shims[1].mode, 2);
	fails("[shim/runc]\nmode = any\n", "t.ini:2: [shim/runc] lacks the key 'binary'");
	fails("[shim/runc]\nbinary = x\n", "must be an absolute path");
}

static void files_that_cannot_be_used(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	__attribute__((cleanup(config_freep))) struct config *config = NULL;
	struct cleat_error err = { 0 };

	UNIT_FAILS(config_open("/nowhere/cleat.ini", &config, &err), ENOENT, err,
		   "cannot read '/nowhere/cleat.ini'");
	UNIT_FAILS(config_open(dir.path, &config, &err), EISDIR, err, dir.path);
	(void)ini_write(&dir, "t.ini", "", 0, path);
	CU_ASSERT_EQUAL(chmod(path, 0666), 0);
	UNIT_FAILS(config_open(path, &config, &err), EPERM, err, "everybody may write it");
}

UNIT_MAIN("config/read", UNIT_TEST(values_have_file_and_line),
	  UNIT_TEST(unknown_words_name_the_nearest), UNIT_TEST(duplicates_name_the_first),
	  UNIT_TEST(broken_lines_are_told), UNIT_TEST(long_lines_are_not_cut),
	  UNIT_TEST(indented_lines_go_on), UNIT_TEST(a_nul_byte_is_told),
	  UNIT_TEST(bad_values_are_told), UNIT_TEST(shims_are_sections),
	  UNIT_TEST(files_that_cannot_be_used))
