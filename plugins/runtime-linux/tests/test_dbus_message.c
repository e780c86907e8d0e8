/* SPDX-License-Identifier: Apache-2.0 */
/* test_dbus_message.c - bytes as the specification lays them out, and answers that are damaged. */
#include "dbus_message.h"

#include <stdlib.h>
#include <string.h>

#include "support/unit.h"

/* An error of serial 3, in answer to 2, with the text "no". */
static const uint8_t answer[] = {
	'l', 3,   0,   1,   7,   0,   0,   0,   3,   0,   0,   0,   45,  0,   0,   0, /* 16 */
	5,   1,   'u', 0,   2,   0,   0,   0,                                         /* to 2 */
	4,   1,   's', 0,   21,  0,   0,   0,   'a', '.', 'b', '.', 'E', 'r', 'r', 'o',
	'r', '.', 'I', 's', '.', 'L', 'o', 'n', 'g', '.', 'x', '.', 'y', 0,   0,   0,
};

static size_t make_answer(uint8_t *out)
{
	static const uint8_t tail[] = { 8, 1, 'g', 0, 1, 's', 0, 0, 2, 0, 0, 0, 'n', 'o', 0 };
	size_t n = sizeof(answer);

	memcpy(out, answer, n);
	memcpy(out + n, tail, sizeof(tail));
	out[12] = (uint8_t)(n + 7 - 16);
	return n + sizeof(tail);
}

static void bodies_are_aligned(void)
{
	static const uint8_t wanted[] = { 7, 0, 0, 0, 2, 0, 0, 0, 'a', 'b', 0, 0,   8, 0,
					  0, 0, 1, 0, 0, 0, 0, 0, 0,   0,   1, 's', 0 };
	struct dbus_bytes out = { 0 };

	dbus_put_byte(&out, 7);
	dbus_put_text(&out, "ab");
	size_t begun = dbus_begin_array(&out, 8);

	dbus_put_u64(&out, 1);
	dbus_end_array(&out, begun, 8);
	dbus_put_signature(&out, "s");
	CU_ASSERT_FALSE(out.failed);
	CU_ASSERT_EQUAL_FATAL(out.n, sizeof(wanted));
	CU_ASSERT_EQUAL(memcmp(out.bytes, wanted, sizeof(wanted)), 0);
	dbus_bytes_fini(&out);
}

static void an_answer_is_read(void)
{
	struct dbus_message message;
	uint8_t bytes[128];
	size_t n = make_answer(bytes);
	const char *text = NULL;
	uint32_t number = 0;
	size_t at = 0;

	CU_ASSERT_EQUAL(dbus_message_length(bytes), n);
	CU_ASSERT_EQUAL_FATAL(dbus_message_parse(bytes, n, &message), 0);
	CU_ASSERT_EQUAL(message.type, DBUS_ERROR);
	CU_ASSERT(message.serial == 3 && message.reply_to == 2);
	CU_ASSERT_STRING_EQUAL(message.error, "a.b.Error.Is.Long.x.y");
	CU_ASSERT_STRING_EQUAL(message.signature, "s");
	CU_ASSERT_TRUE(dbus_get_text(&message, &at, &text));
	CU_ASSERT_STRING_EQUAL(text, "no");
	CU_ASSERT_FALSE(dbus_get_text(&message, &at, &text));
	CU_ASSERT_FALSE(dbus_get_u32(&message, &at, &number));
}

/* Each byte in turn is something else: whatever is then said, nothing outside is read. */
static void damaged_ones_do_no_harm(void)
{
	for (unsigned at = 0; at < 110; at++) {
		for (unsigned value = 0; value < 256; value += at < 16 ? 1 : 5) {
			uint8_t whole[128];
			size_t n = make_answer(whole);
			uint8_t *bytes = malloc(n); /* so that the sanitizer knows its end */
			struct dbus_message message;
			const char *text = NULL;
			size_t place = 0;

			CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
			memcpy(bytes, whole, n);
			if (at < n)
				bytes[at] = (uint8_t)value;
			if (dbus_message_parse(bytes, n, &message) == 0)
				(void)dbus_get_text(&message, &place, &text);
			free(bytes);
		}
	}
}

static void too_large_is_a_failure(void)
{
	struct dbus_bytes out = { 0 };
	char *text = calloc(1, DBUS_MAX + 1);

	CU_ASSERT_PTR_NOT_NULL_FATAL(text);
	memset(text, 'x', DBUS_MAX);
	dbus_put_text(&out, text);
	CU_ASSERT_TRUE(out.failed);
	dbus_bytes_fini(&out);
	free(text);
}

UNIT_MAIN("runtime-linux dbus_message", UNIT_TEST(bodies_are_aligned), UNIT_TEST(an_answer_is_read),
	  UNIT_TEST(damaged_ones_do_no_harm), UNIT_TEST(too_large_is_a_failure))
