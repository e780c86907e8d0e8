/* SPDX-License-Identifier: Apache-2.0 */
/* test_sync.c - what parent and child say to each other. */
#include "sync.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "support/unit.h"

/* A child that fails while a word for it is on its way: its own last word is heard nevertheless, then its end. */
static void a_last_word_is_heard(void)
{
	struct cleat_error why = { .errnum = EIO };
	struct sync_message message;
	int ends[2];
	int fd = -1;

	(void)strcpy(why.text, "cannot go on");
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	CU_ASSERT_EQUAL(sync_send(ends[0], SYNC_GO, 0, -1), 0);
	CU_ASSERT_EQUAL(sync_send_error(ends[1], &why), 0);
	(void)close(ends[1]);
	CU_ASSERT_EQUAL(sync_receive(ends[0], &message, &fd), 0);
	CU_ASSERT_EQUAL(message.kind, SYNC_FAILED);
	CU_ASSERT_STRING_EQUAL(message.err.text, "cannot go on");
	CU_ASSERT_EQUAL(sync_receive(ends[0], &message, &fd), 0);
	CU_ASSERT_EQUAL(message.kind, SYNC_CLOSED);
	(void)close(ends[0]);
}

UNIT_MAIN("runtime-linux sync", UNIT_TEST(a_last_word_is_heard))
