/* SPDX-License-Identifier: Apache-2.0 */
/* test_criu_wire.c - what we write is protobuf, and what is none is refused. */
#include "criu_wire.h"

#include <errno.h>
#include <string.h>

#include "support/unit.h"

static void the_bytes_are_protobufs(void)
{
	/* field 1: 300 as a varint; field 10: "ab"; field 2: a message with field 1: 0 */
	static const uint8_t wanted[] = { 0x08, 0xac, 0x02, 0x52, 0x02, 'a',
					  'b',  0x12, 0x02, 0x08, 0 };
	_cleanup_criu_ struct criu_message m = { 0 };
	struct criu_message inner = { 0 };

	criu_put_number(&m, 1, 300);
	criu_put_text(&m, 10, "ab");
	criu_put_number(&inner, 1, 0);
	criu_put_message(&m, 2, &inner);
	CU_ASSERT_FALSE(m.failed);
	CU_ASSERT_EQUAL_FATAL(m.len, sizeof(wanted));
	CU_ASSERT_EQUAL(memcmp(m.data, wanted, sizeof(wanted)), 0);
}

static void what_was_written_is_read(void)
{
	static const uint64_t numbers[] = { 0, 1, 127, 128, UINT32_MAX, UINT64_MAX };
	_cleanup_criu_ struct criu_message m = { 0 };
	struct criu_field f;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		criu_put_number(&m, (unsigned)i + 1, numbers[i]);
	criu_put_text(&m, 63, "");
	const uint8_t *at = m.data;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++) {
		CU_ASSERT_EQUAL_FATAL(criu_next(&at, m.data + m.len, &f), 1);
		CU_ASSERT_EQUAL(f.number, i + 1);
		CU_ASSERT_EQUAL(f.value, numbers[i]);
		CU_ASSERT_PTR_NULL(f.data);
	}
	CU_ASSERT_EQUAL(criu_next(&at, m.data + m.len, &f), 1);
	CU_ASSERT_PTR_NOT_NULL(f.data);
	CU_ASSERT_EQUAL(f.len, 0);
	CU_ASSERT_EQUAL(criu_next(&at, m.data + m.len, &f), 0);
}

static int walk(const uint8_t *data, size_t len)
{
	const uint8_t *at = data;
	struct criu_field f;
	int r = 0;

	while ((r = criu_next(&at, data + len, &f)) > 0)
		CU_ASSERT(!f.data || f.data + f.len <= data + len);
	return r;
}

static void what_is_no_protobuf_is_refused(void)
{
	static const struct {
		uint8_t data[12];
		size_t len;
	} rows[] = {
		{ { 0x80 }, 1 },       /* half a key */
		{ { 0x00, 0x00 }, 2 }, /* field 0 */
		{ { 0x08 }, 1 },       /* no value */
		{ { 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff }, 12 },
		{ { 0x12, 0x05, 'a' }, 3 }, /* longer than there is */
		{ { 0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01 }, 11 },
		{ { 0x0b }, 1 },          /* a group */
		{ { 0x0d, 1, 2, 3 }, 4 }, /* a short fixed32 */
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		CU_ASSERT_EQUAL(walk(rows[i].data, rows[i].len), -EPROTO);
	CU_ASSERT_EQUAL(walk((const uint8_t *)"", 0), 0);
}

UNIT_MAIN("criu wire", UNIT_TEST(the_bytes_are_protobufs), UNIT_TEST(what_was_written_is_read),
	  UNIT_TEST(what_is_no_protobuf_is_refused))
