/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static struct fixture f;
static int peer;

static void begin(void)
{
	fixture_open(&f, getuid(), 4);
	peer = fixture_dial(&f);
}

static void end(void)
{
	(void)close(peer);
	fixture_close(&f);
}

/* The next frame is a Response on @stream with @code and @words. */
static void expect(uint32_t stream, int code, const char *words)
{
	Ttrpc__Response *answer = NULL;
	uint32_t got = 0;
	uint8_t flags = 0;

	CU_ASSERT_EQUAL(raw_answer(&f, peer, &got, &flags, &answer), 2);
	CU_ASSERT_EQUAL(got, stream);
	CU_ASSERT_PTR_NOT_NULL_FATAL(answer);
	CU_ASSERT_EQUAL(answer->status ? answer->status->code : 0, code);
	if (code)
		CU_ASSERT_PTR_NOT_NULL(strstr(answer->status->message, words));
	ttrpc__response__free_unpacked(answer, NULL);
}

static void call(uint32_t stream, const char *method)
{
	raw_request(peer, stream, 0, TASK, method, NULL, 0);
}

static void still_alive(uint32_t stream)
{
	call(stream, "Connect");
	expect(stream, RPC_OK, "");
}

static void unknown_names(void)
{
	begin();
	raw_request(peer, 1, 0, "no.such", "X", NULL, 0);
	expect(1, RPC_UNIMPLEMENTED, "service no.such");
	call(3, "Nothing");
	expect(3, RPC_UNIMPLEMENTED, "method Nothing");
	call(5, "Stats"); /* in the descriptor, but nobody does it */
	expect(5, RPC_UNIMPLEMENTED, "method Stats");
	raw_request(peer, 7, 0, "containerd.task.v3.Task", "Connect", NULL, 0);
	expect(7, RPC_OK, "");
	end();
}

static void empty_answer_has_no_bytes(void)
{
	uint8_t frame[10];

	begin();
	call(1, "Kill");
	fixture_turn(&f);
	CU_ASSERT_EQUAL(recv(peer, frame, sizeof(frame), MSG_DONTWAIT), 10);
	CU_ASSERT_EQUAL(memcmp(frame, "\0\0\0\0\0\0\0\1\2\0", 10), 0);
	end();
}

static void stream_ids(void)
{
	begin();
	call(2, "Connect");
	expect(2, RPC_INVALID_ARGUMENT, "must be odd");
	still_alive(9);
	call(9, "Connect");
	expect(9, RPC_INVALID_ARGUMENT, "cannot be re-used");
	raw_frame(peer, 2, 11, 3, 0, "xx", 2);
	expect(11, RPC_INVALID_ARGUMENT, "no longer active");
	still_alive(13);
	end();
}

static void garbage_is_answered(void)
{
	begin();
	raw_frame(peer, 5, 1, 1, 0, "\xff\xff\xff\xff\xff", 5);
	expect(1, RPC_INVALID_ARGUMENT, "unmarshal request error");
	raw_request(peer, 3, 0, TASK, "Connect", "\xff\xff\xff", 3);
	expect(3, RPC_INTERNAL, "unmarshalling payload");
	raw_frame(peer, 4, 5, 77, 9, "abcd", 4); /* unknown type: ignored */
	raw_request(peer, 7, 2, TASK, "Connect", NULL, 0);
	expect(7, RPC_UNIMPLEMENTED, "does not take a stream");
	still_alive(9);
	end();
}

static void random_bytes_are_survived(void)
{
	unsigned seed = 20261121;
	uint8_t noise[512];

	for (int round = 0; round < 60; round++) {
		begin();
		for (size_t i = 0; i < sizeof(noise); i++)
			noise[i] = (uint8_t)rand_r(&seed);
		noise[0] = noise[1] = 0; /* short frames, so that many are looked at */
		noise[2] = 0;
		noise[8] = 1;
		CU_ASSERT_EQUAL(send(peer, noise, sizeof(noise), MSG_NOSIGNAL), 512);
		fixture_turn(&f);
		(void)close(peer);
		peer = fixture_dial(&f);
		still_alive(1);
		end();
	}
}

static void half_a_frame_waits(void)
{
	begin();
	CU_ASSERT_EQUAL(send(peer, "\0\0\0", 3, 0), 3);
	fixture_turn(&f);
	CU_ASSERT_EQUAL(send(peer, "\x28\0\0\0\3\1\0\x0a\x17", 9, 0), 9);
	fixture_turn(&f);
	const char rest[] = TASK "\x12\x07"
				 "Connect\x1a\x04\x0a\x02t1";

	CU_ASSERT_EQUAL(send(peer, rest, sizeof(rest) - 1, 0), (ssize_t)sizeof(rest) - 1);
	expect(3, RPC_OK, "");
	CU_ASSERT_EQUAL(send(peer, "\0\0", 2, 0), 2);
	(void)shutdown(peer, SHUT_WR); /* and a peer that goes in the middle of one */
	fixture_turn(&f);
	CU_ASSERT_EQUAL(rpc_server_clients(f.server), 0);
	end();
}

static void five_mebibytes_are_read_away(void)
{
	static uint8_t block[1 << 16];

	begin();
	raw_frame(peer, 5 << 20, 1, 1, 0, NULL, 0);
	for (int i = 0; i < 80; i++) {
		size_t sent = 0;

		while (sent < sizeof(block)) {
			ssize_t n = send(peer, block + sent, sizeof(block) - sent, MSG_DONTWAIT);

			if (n > 0)
				sent += (size_t)n;
			else
				(void)loop_step(f.loop, NS_PER_MS);
		}
	}
	expect(1, RPC_RESOURCE_EXHAUSTED, "message length 5242880 exceed maximum message size");
	still_alive(3);
	end();
}

static void answers_come_in_order_of_completion(void)
{
	begin();
	call(1, "Start");
	call(3, "Connect");
	expect(3, RPC_OK, "");
	call(5, "Kill");
	expect(1, RPC_OK, "");
	expect(5, RPC_OK, "");
	end();
}

static void errors_carry_code_and_text(void)
{
	begin();
	call(1, "Delete");
	expect(1, RPC_NOT_FOUND, "process does not exist x: not found");
	end();
}

static void an_answer_that_is_too_large(void)
{
	begin();
	f.big = 800000;
	call(1, "Pids");
	expect(1, RPC_RESOURCE_EXHAUSTED, "exceeds the maximum message size");
	still_alive(3);
	end();
}

/* Two million empty messages fit into 4 MiB; decoded they must not take the memory they would like. */
static void a_decompression_bomb(void)
{
	size_t n = (4 << 20) - 200;
	uint8_t *bomb = malloc(n);
	size_t got = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(bomb);
	for (size_t i = 0; i + 1 < n; i += 2)
		memcpy(bomb + i, "\x1a\x00", 2); /* CreateTaskRequest.rootfs, empty; 2 bytes each */
	begin();
	Ttrpc__Request request = TTRPC__REQUEST__INIT;

	request.service = (char *)(uintptr_t)TASK;
	request.method = (char *)(uintptr_t) "Connect";
	request.payload.data = bomb;
	request.payload.len = n & ~1ul;
	size_t len = ttrpc__request__get_packed_size(&request);
	uint8_t *bytes = malloc(len);

	CU_ASSERT_PTR_NOT_NULL_FATAL(bytes);
	(void)ttrpc__request__pack(&request, bytes);
	raw_frame(peer, (uint32_t)len, 1, 1, 0, NULL, 0);
	while (got < len) {
		ssize_t k = send(peer, bytes + got, len - got, MSG_DONTWAIT);

		if (k > 0)
			got += (size_t)k;
		else
			(void)loop_step(f.loop, NS_PER_MS);
	}
	expect(1, RPC_INTERNAL, "unmarshalling payload");
	still_alive(3);
	free(bytes);
	free(bomb);
	end();
}

static void a_client_that_never_reads(void)
{
	begin();
	f.big = 100000; /* about 800 kB an answer */
	uint32_t stream = 1;

	for (int i = 0; i < 200; i++) {
		uint8_t small[128];
		Ttrpc__Request request = TTRPC__REQUEST__INIT;

		request.service = (char *)(uintptr_t)TASK;
		request.method = (char *)(uintptr_t) "Pids";
		size_t len = ttrpc__request__pack(&request, small + 10);

		memcpy(small, "\0\0\0", 3);
		small[3] = (uint8_t)len;
		small[4] = small[5] = 0;
		small[6] = (uint8_t)(stream >> 8);
		small[7] = (uint8_t)stream;
		small[8] = 1;
		small[9] = 0;
		stream += 2;
		(void)send(peer, small, 10 + len, MSG_DONTWAIT);
		(void)loop_step(f.loop, NS_PER_MS / 10);
	}
	/* It is no longer read from: another client is served all the same. */
	int other = fixture_dial(&f);
	int first = peer;

	peer = other;
	still_alive(1);
	peer = first;
	(void)close(other);
	end();
}

static void strangers_are_closed_without_a_word(void)
{
	uint8_t byte;

	fixture_open(&f, getuid() + 1, 4);
	peer = fixture_dial(&f);
	fixture_turn(&f);
	CU_ASSERT_EQUAL(recv(peer, &byte, 1, MSG_DONTWAIT), 0);
	CU_ASSERT_EQUAL(rpc_server_clients(f.server), 0);
	end();
}

static void connections_are_bounded(void)
{
	int more[5];

	begin();
	still_alive(1);
	for (int i = 0; i < 5; i++) {
		more[i] = fixture_dial(&f);
		raw_request(more[i], 1, 0, TASK, "Connect", NULL, 0);
	}
	fixture_turn(&f);
	CU_ASSERT_EQUAL(rpc_server_clients(f.server), 4);
	(void)close(more[0]);
	(void)close(more[1]);
	fixture_turn(&f);
	CU_ASSERT_EQUAL(rpc_server_clients(f.server), 4);
	still_alive(3);
	for (int i = 2; i < 5; i++)
		(void)close(more[i]);
	end();
}

static void who_keeps_silent_gives_way(void)
{
	int more[20];

	begin();
	still_alive(1);
	for (int i = 0; i < 20; i++) {
		more[i] = fixture_dial(&f);
		fixture_turn(&f);
		CU_ASSERT(rpc_server_clients(f.server) <= 4);
	}
	still_alive(3);
	(void)close(peer);
	peer = fixture_dial(&f); /* and a newcomer is heard */
	still_alive(1);
	for (int i = 0; i < 20; i++)
		(void)close(more[i]);
	end();
}

static void a_vanished_client_is_noticed(void)
{
	begin();
	call(1, "Start");
	fixture_turn(&f);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f.waiting);
	(void)close(peer);
	fixture_turn(&f);
	CU_ASSERT_EQUAL(f.gone, 1);
	CU_ASSERT_TRUE(rpc_call_dead(f.waiting));
	rpc_reply(f.waiting, NULL); /* goes nowhere, frees the call */
	peer = fixture_dial(&f);
	still_alive(1);
	end();
}

static bool drained;
static void drain_done(void *arg)
{
	(void)arg;
	drained = true;
}

static void drain_waits_for_answers(void)
{
	begin();
	call(1, "Start");
	fixture_turn(&f);
	drained = false;
	rpc_server_drain(f.server, 60 * NS_PER_S, drain_done, NULL);
	fixture_turn(&f);
	CU_ASSERT_FALSE(drained);
	rpc_reply(f.waiting, NULL);
	fixture_turn(&f);
	CU_ASSERT_TRUE(drained);
	expect(1, RPC_OK, "");
	end();
}

UNIT_MAIN("rpc/server", UNIT_TEST(unknown_names), UNIT_TEST(empty_answer_has_no_bytes),
	  UNIT_TEST(stream_ids), UNIT_TEST(garbage_is_answered),
	  UNIT_TEST(random_bytes_are_survived), UNIT_TEST(half_a_frame_waits),
	  UNIT_TEST(five_mebibytes_are_read_away), UNIT_TEST(answers_come_in_order_of_completion),
	  UNIT_TEST(errors_carry_code_and_text), UNIT_TEST(an_answer_that_is_too_large),
	  UNIT_TEST(a_decompression_bomb), UNIT_TEST(a_client_that_never_reads),
	  UNIT_TEST(strangers_are_closed_without_a_word), UNIT_TEST(connections_are_bounded),
	  UNIT_TEST(who_keeps_silent_gives_way), UNIT_TEST(a_vanished_client_is_noticed),
	  UNIT_TEST(drain_waits_for_answers))
