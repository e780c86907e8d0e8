/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "ini.h"

#include "config/config.h"

struct settings {
	bool truth;
	int64_t number;
	uint64_t duration;
	uint32_t choice;
	const char *text;
};

static const struct cleat_key keys[] = {
	CLEAT_KEY(struct settings, truth, "truth", "no", NULL, "A truth."),
	CLEAT_KEY(struct settings, number, "number", "7", "1..1K", "A number."),
	CLEAT_KEY(struct settings, duration, "duration", "5s", "0..1h", "A duration."),
	CLEAT_KEY(struct settings, choice, "choice", "full", "none|full|half", "A choice."),
	CLEAT_KEY(struct settings, text, "text", "hello", NULL, "A text."),
};
static const struct cleat_key needed[] = {
	CLEAT_KEY(struct settings, text, "text", NULL, NULL, "A text without default."),
};

static struct config *open_text(const char *text)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	struct config *config = NULL;
	struct cleat_error err = { 0 };
	char path[256];

	UNIT_OK(config_open(ini_write(&dir, "t.ini", text, strlen(text), path), &config, &err),
		err);
	return config;
}

static int bind(struct config *config, const struct cleat_key *rows, size_t n, struct settings *out,
		struct cleat_error *err)
{
	memset(out, 0, sizeof(*out));
	return config_bind(config, "io/test", rows, n, sizeof(*rows), out, err);
}

static void defaults_fill_every_field(void)
{
	__attribute__((cleanup(config_freep))) struct config *config = open_text("");
	struct cleat_error err = { 0 };
	struct settings s;

	UNIT_OK(bind(config, keys, 5, &s, &err), err);
	CU_ASSERT_FALSE(s.truth);
	CU_ASSERT_EQUAL(s.number, 7);
	CU_ASSERT_EQUAL(s.duration, 5000000000ull);
	CU_ASSERT_EQUAL(s.choice, 1);
	CU_ASSERT_STRING_EQUAL(s.text, "hello");
}

static void entries_override_defaults(void)
{
	__attribute__((cleanup(config_freep))) struct config *config =
		open_text("[io/test]\ntruth = on\nnumber = 0x10\nduration = 1m30s\nchoice = half\n"
			  "text =\n");
	struct cleat_error err = { 0 };
	struct settings s;

	UNIT_OK(bind(config, keys, 5, &s, &err), err);
	CU_ASSERT_TRUE(s.truth);
	CU_ASSERT_EQUAL(s.number, 16);
	CU_ASSERT_EQUAL(s.duration, 90000000000ull);
	CU_ASSERT_EQUAL(s.choice, 2);
	CU_ASSERT_STRING_EQUAL(s.text, "");
	CU_ASSERT_TRUE(config->entries[0].used);
}

static void the_stride_is_respected(void)
{
	struct wide {
		struct cleat_key key;
		void *later; /* a member of a newer SDK */
	} rows[] = { { keys[1], NULL }, { keys[4], NULL } };
	__attribute__((cleanup(config_freep))) struct config *config =
		open_text("[io/test]\nnumber = 9\n");
	struct cleat_error err = { 0 };
	struct settings s = { 0 };

	UNIT_OK(config_bind(config, "io/test", &rows[0].key, 2, sizeof(*rows), &s, &err), err);
	CU_ASSERT_EQUAL(s.number, 9);
	CU_ASSERT_STRING_EQUAL(s.text, "hello");
}

static void faults_have_a_place(void)
{
	__attribute__((cleanup(config_freep))) struct config *config =
		open_text("[io/test]\nnumbr = 3\n");
	__attribute__((cleanup(config_freep))) struct config *large =
		open_text("[io/test]\n\nnumber = 1025\n");
	__attribute__((cleanup(config_freep))) struct config *empty = open_text("");
	struct cleat_error err = { 0 };
	struct settings s;

	UNIT_FAILS(bind(config, keys, 5, &s, &err), EINVAL, err,
		   "t.ini:2: unknown key 'numbr' in [io/test]; did you mean 'number'?");
	UNIT_FAILS(bind(large, keys, 5, &s, &err), EINVAL, err,
		   "t.ini:3: bad value for key 'number' in [io/test]: 1025 is not within 1..1K");
	UNIT_FAILS(bind(empty, needed, 1, &s, &err), EINVAL, err,
		   "there must be a section [io/test] with the key 'text'");
}

UNIT_MAIN("config/bind", UNIT_TEST(defaults_fill_every_field), UNIT_TEST(entries_override_defaults),
	  UNIT_TEST(the_stride_is_respected), UNIT_TEST(faults_have_a_place))
