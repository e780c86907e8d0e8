/* SPDX-License-Identifier: Apache-2.0 */
/* Memory runs out at every single allocation: an error with a text, no crash, no leak (ASan). */
#include "support/unit.h"

#include "ini.h"
#include "support/fault.h"

#include "base/text.h"
#include "config/config.h"

static char path[256];

static int open_and_free(struct cleat_error *err)
{
	struct config *config = NULL;
	int r = config_open(path, &config, err);

	config_free(config);
	return r;
}

static void opening_survives(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	static const char text[] = "[cleat]\nroot = /a\nstate = /b\n[plugins]\nload = a\n  b\n  c\n"
				   "[shim/x]\nbinary = /x\n[shim/y]\nbinary = /y\n[io/z]\nk = v\n";
	struct cleat_error err;

	(void)ini_write(&dir, "t.ini", text, sizeof(text) - 1, path);
	CU_ASSERT_TRUE(FAULT_EACH(open_and_free(&err), err) > 20);
}

static int unknown(struct cleat_error *err)
{
	struct config *config = NULL;
	int r = config_open(path, &config, err);

	config_free(config);
	return r == -EINVAL ? 0 : r == 0 ? -EIO : r;
}

static void errors_survive(void)
{
	_cleanup_tmpdir_ struct tmpdir dir = tmpdir_make();
	static const char text[] = "[plugins]\nsnapshoter = x\n";
	struct cleat_error err;

	(void)ini_write(&dir, "t.ini", text, sizeof(text) - 1, path);
	CU_ASSERT_TRUE(FAULT_EACH(unknown(&err), err) > 3);
	CU_ASSERT_PTR_NOT_NULL(strstr(err.text, "unknown key 'snapshoter'"));
}

UNIT_MAIN("config/fault", UNIT_TEST(opening_survives), UNIT_TEST(errors_survive))
