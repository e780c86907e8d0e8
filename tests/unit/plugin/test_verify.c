/* SPDX-License-Identifier: Apache-2.0 */
#include "support/unit.h"

#include "plugin/verify.h"

#include <cleat/io.h>
#include <cleat/restart.h>
#include <cleat/runtime.h>
#include <cleat/snapshotter.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct settings {
	int64_t number;
	bool truth;
};

static int should_restart(void *self, const struct cleat_policy *policy,
			  const struct cleat_exit *exit, struct cleat_decision *out,
			  struct cleat_error *err)
{
	(void)self;
	(void)policy;
	(void)exit;
	(void)out;
	(void)err;
	return 0;
}

static struct cleat_restart_ops ops;
static struct cleat_key keys[2];

static struct cleat_plugin good(void)
{
	ops = (struct cleat_restart_ops){ .size = sizeof(ops), .should_restart = should_restart };
	keys[0] = (struct cleat_key)CLEAT_KEY(struct settings, number, "number", "3", "1..9", "N.");
	keys[1] = (struct cleat_key)CLEAT_KEY(struct settings, truth, "truth", "no", NULL, "T.");
	return (struct cleat_plugin){
		CLEAT_HEAD,     .type = "restart", .name = "good-1",
		.version = "1", .summary = "s",    .license = "MIT",
		.keys = keys,   .nkeys = 2,        .settings_size = sizeof(struct settings),
		.ops = &ops
	};
}

static void fails(const struct cleat_plugin *desc, const char *words)
{
	struct cleat_error err = { 0 };

	UNIT_FAILS(verify(desc, &err), EINVAL, err, words);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "found"));
}

static void a_good_one_passes(void)
{
	struct cleat_plugin desc = good();
	struct cleat_error err = { 0 };

	UNIT_OK(verify(&desc, &err), err);
	desc.keys = NULL;
	desc.nkeys = 0;
	desc.settings_size = 0;
	UNIT_OK(verify(&desc, &err), err);
}

static void the_head_comes_first(void)
{
	struct cleat_plugin desc = good();

	/* with a wrong head nothing behind it may be touched */
	desc.type = (const char *)1;
	desc.magic = 1;
	fails(&desc, "found magic 0x00000001 in 'cleat_plugin', wanted 0x54414c43");
	desc.magic = CLEAT_MAGIC;
	desc.abi = 2;
	fails(&desc, "found plugin ABI 2, wanted 1");
	desc.abi = CLEAT_ABI;
	desc.size = 16;
	fails(&desc, "found a descriptor of 16 bytes");
	desc.size = sizeof(desc);
	desc.key_size = 8;
	fails(&desc, "found settings rows of 8 bytes");
}

static void names_are_checked(void)
{
	static const char *const bad[] = { "",    "Big", "a/b",
					   "a b", "-x",  "abcdefghijklmnopqrstuvwxyz0123456" };
	struct cleat_plugin desc = good();

	desc.type = "magic";
	fails(&desc, "found type 'magic', wanted runtime, snapshotter, restart or io");
	desc.type = NULL;
	fails(&desc, "found type '(none)'");
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		desc = good();
		desc.name = bad[i];
		fails(&desc, "wanted 1 to 32 of a-z");
	}
	desc = good();
	desc.summary = "two\nlines";
	fails(&desc, "found summary");
	desc = good();
	desc.version = NULL;
	fails(&desc, "found version '(none)'");
	desc = good();
	desc.license = "";
	fails(&desc, "found license");
}

static void mandatory_ops_must_be_there(void)
{
	static const struct cleat_runtime_ops runtime = { .size = sizeof(runtime) };
	static const struct cleat_snapshotter_ops snapshotter = { .size = sizeof(snapshotter) };
	static const struct cleat_io_ops io = { .size = sizeof(io) };
	struct cleat_plugin desc = good();

	desc.ops = NULL;
	fails(&desc, "found no table of operations");
	desc.ops = &ops;
	ops.should_restart = NULL;
	fails(&desc, "found no operation 'should_restart'");
	desc = good();
	ops.size = 8; /* the pointer is there, but the table says that it is not */
	fails(&desc, "found no operation 'should_restart'");
	ops.size = 0;
	fails(&desc, "found a table of operations of 0 bytes");
	desc.type = "runtime";
	desc.ops = &runtime;
	fails(&desc, "found no operation 'create'");
	desc.type = "snapshotter";
	desc.ops = &snapshotter;
	fails(&desc, "found no operation 'prepare'");
	desc.type = "io";
	desc.ops = &io;
	fails(&desc, "found no operation 'open'");
}

static void the_schema_is_checked(void)
{
	struct cleat_plugin desc = good();

	keys[1].name = "number";
	fails(&desc, "found setting 'number' twice");
	desc = good();
	keys[0].name = "Number";
	fails(&desc, "found 'Number' as name of setting 0");
	desc = good();
	keys[0].kind = 9;
	fails(&desc, "found kind 9 of setting 'number'");
	desc = good();
	keys[0].offset = sizeof(struct settings);
	fails(&desc, "found setting 'number' at offset 16");
	desc = good();
	keys[0].offset = 4;
	fails(&desc, "wanted 8 aligned bytes");
	desc = good();
	keys[0].offset = UINT32_MAX & ~7u;
	fails(&desc, "found setting 'number' at offset");
	desc = good();
	keys[0].doc = NULL;
	fails(&desc, "found setting 'number' without a doc");
	desc = good();
	desc.keys = NULL;
	fails(&desc, "found no rows for 2 settings");
	desc = good();
	desc.nkeys = 100000;
	fails(&desc, "found 100000 settings");
}

static void defaults_must_satisfy_their_limits(void)
{
	struct cleat_plugin desc = good();
	struct cleat_error err = { 0 };

	keys[0].fallback = "99";
	UNIT_FAILS(verify(&desc, &err), EINVAL, err, "setting 'number': 99 is not within 1..9");
	desc = good();
	keys[0].limits = "many";
	UNIT_FAILS(verify(&desc, &err), EINVAL, err, "limits 'many' of key 'number'");
}

/* An older plugin has shorter tables, a newer one longer: the copy has our size, and zeroes. */
static void copies_have_our_size(void)
{
	struct {
		struct cleat_restart_ops ops;
		void *later;
	} newer = { .later = &newer };
	struct cleat_plugin desc = good();
	struct cleat_plugin copy;
	struct cleat_error err = { 0 };
	void *table = NULL;

	newer.ops = ops;
	newer.ops.size = sizeof(newer);
	desc.ops = &newer;
	UNIT_OK(verify(&desc, &err), err);
	UNIT_OK(verify_copy(&desc, &copy, &table, &err), err);
	CU_ASSERT_PTR_EQUAL(copy.ops, table);
	const struct cleat_restart_ops *copied = table;

	CU_ASSERT_PTR_EQUAL((void *)(uintptr_t)copied->should_restart,
			    (void *)(uintptr_t)should_restart);
	free(table);
	desc = good();
	ops.size = offsetof(struct cleat_restart_ops, check);
	ops.check = (int (*)(void *, const struct cleat_policy *, struct cleat_error *))1;
	UNIT_OK(verify_copy(&desc, &copy, &table, &err), err);
	copied = table;
	CU_ASSERT_TRUE(copied->check == NULL);
	free(table);
}

/* A plugin built with a newer SDK: a longer descriptor and longer rows, of which we know the beginning. */
static void newer_descriptors_pass(void)
{
	struct {
		struct cleat_plugin desc;
		void *later;
	} newer = { .later = &newer };
	struct {
		struct cleat_key key;
		void *later;
	} rows[2];
	struct cleat_plugin copy;
	struct cleat_error err = { 0 };
	void *table = NULL;

	newer.desc = good();
	newer.desc.size = sizeof(newer);
	rows[0].key = keys[0];
	rows[1].key = keys[1];
	newer.desc.keys = &rows[0].key;
	newer.desc.key_size = sizeof(*rows);
	UNIT_OK(verify(&newer.desc, &err), err);
	UNIT_OK(verify_copy(&newer.desc, &copy, &table, &err), err);
	CU_ASSERT_STRING_EQUAL(copy.name, "good-1");
	CU_ASSERT_EQUAL(copy.key_size, sizeof(*rows));
	free(table);
	rows[1].key.name = "number"; /* the second row is found by the stride */
	UNIT_FAILS(verify(&newer.desc, &err), EINVAL, err, "found setting 'number' twice");
}

UNIT_MAIN("plugin/verify", UNIT_TEST(a_good_one_passes), UNIT_TEST(the_head_comes_first),
	  UNIT_TEST(names_are_checked), UNIT_TEST(mandatory_ops_must_be_there),
	  UNIT_TEST(the_schema_is_checked), UNIT_TEST(defaults_must_satisfy_their_limits),
	  UNIT_TEST(copies_have_our_size), UNIT_TEST(newer_descriptors_pass))
