/* SPDX-License-Identifier: Apache-2.0 */
/* test_log_export.c - entries of the journal, whole, in pieces, and damaged. */
#include "support/unit.h"

#include <string.h>

#include "cli/log_export.h"

static const char plain[] = "__CURSOR=s=1;i=2\n"
			    "__REALTIME_TIMESTAMP=1795307311123456\n"
			    "PRIORITY=3\n"
			    "SYSLOG_TIMESTAMP=2026-11-22T00:28:31.123456789Z\n"
			    "CONTAINER_LOG_EPOCH=abc\n"
			    "CONTAINER_LOG_ORDINAL=7\n"
			    "MESSAGE=a=b\n"
			    "\n";

static bool is_text(const char *text, size_t len, const char *wanted)
{
	return strlen(wanted) == len && memcmp(text, wanted, len) == 0;
}

static void dockers_fields(void)
{
	struct log_entry entry;

	CU_ASSERT_EQUAL(log_export_next(plain, sizeof(plain) - 1, &entry), sizeof(plain) - 1);
	CU_ASSERT_TRUE(is_text(entry.record.text, entry.record.len, "a=b"));
	CU_ASSERT_TRUE(is_text(entry.record.stamp, entry.record.stamp_len,
			       "2026-11-22T00:28:31.123456789Z"));
	CU_ASSERT_TRUE(is_text(entry.cursor, entry.cursor_len, "s=1;i=2"));
	CU_ASSERT_TRUE(is_text(entry.epoch, entry.epoch_len, "abc"));
	CU_ASSERT_EQUAL(entry.ordinal, 7);
	CU_ASSERT(entry.record.is_err && entry.record.full);
}

static void a_value_may_be_any_bytes(void)
{
	static const char bytes[] =
		"MESSAGE\n\x05\0\0\0\0\0\0\0a\n\n\0b\nCONTAINER_PARTIAL_MESSAGE="
		"true\n__REALTIME_TIMESTAMP=1795307311123456\nPRIORITY=6\n\n";
	struct log_entry entry;

	CU_ASSERT_EQUAL(log_export_next(bytes, sizeof(bytes) - 1, &entry), sizeof(bytes) - 1);
	CU_ASSERT(entry.record.len == 5 && memcmp(entry.record.text, "a\n\n\0b", 5) == 0);
	CU_ASSERT_FALSE(entry.record.full);
	CU_ASSERT_FALSE(entry.record.is_err);
	/* without a time of its own it has the journal's */
	CU_ASSERT_TRUE(is_text(entry.record.stamp, entry.record.stamp_len,
			       "2026-11-22T00:28:31.123456000Z"));
}

static void what_is_not_whole_waits(void)
{
	static const char binary[] = "MESSAGE\n\x03\0\0\0\0\0\0\0a\nb\n\n";
	struct log_entry entry;

	for (size_t n = 0; n < sizeof(plain) - 1; n++)
		CU_ASSERT_EQUAL(log_export_next(plain, n, &entry), 0);
	for (size_t n = 0; n < sizeof(binary) - 1; n++)
		CU_ASSERT_EQUAL(log_export_next(binary, n, &entry), 0);
	CU_ASSERT_EQUAL(log_export_next(binary, sizeof(binary) - 1, &entry), sizeof(binary) - 1);
}

static void damage_is_seen(void)
{
	static const char endless[] = "MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff";
	static const char unended[] = "MESSAGE\n\x01\0\0\0\0\0\0\0ab\n\n";
	static const char odd[] = "CONTAINER_LOG_ORDINAL=99999999999999999999999\n"
				  "__REALTIME_TIMESTAMP=99999999999999999999\n\n";
	struct log_entry entry;

	CU_ASSERT_EQUAL(log_export_next(endless, sizeof(endless) - 1, &entry), -1);
	CU_ASSERT_EQUAL(log_export_next(unended, sizeof(unended) - 1, &entry), -1);
	CU_ASSERT_EQUAL(log_export_next(odd, sizeof(odd) - 1, &entry), sizeof(odd) - 1);
	CU_ASSERT_EQUAL(entry.ordinal, 0);
}

UNIT_MAIN("entries of the journal", UNIT_TEST(dockers_fields), UNIT_TEST(a_value_may_be_any_bytes),
	  UNIT_TEST(what_is_not_whole_waits), UNIT_TEST(damage_is_seen))
