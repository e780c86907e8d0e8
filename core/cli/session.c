/* SPDX-License-Identifier: Apache-2.0 */
/*
 * session.c - this process as the front end of a program in a container.
 *
 * The daemon is not in the way of the bytes: they go through fifos that the program has itself. So
 * the session lives on when the daemon dies, and asks its successor for the exit code.
 */
#include "cli/session.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/loop.h"
#include "cli/attach_ends.h"
#include "cli/connect.h"
#include "cli/detach_keys.h"
#include "cli/sig_proxy.h"
#include "cli/streams.h"
#include "cli/terminal.h"
#include "rpc/pb/cleat.pb-c.h"
#include "rpc/ttrpc.h"

#define CONTAINERS (&cleat__v1__containers__descriptor)

/* After the end only what is in the pipes is to come; a terminal's is still copied by the shim. */
#define LAST_BYTES_NS          (100 * NS_PER_MS)
#define LAST_BYTES_TERMINAL_NS (2 * NS_PER_S)

enum { LEFT_BY_SIGPIPE = 141, FIFO_BYTES = 1 << 20 };

struct session {
	struct cli *cli;
	struct session_plan plan;
	struct stream in, out, err;
	int fifo_in, fifo_out, fifo_err;
	int own_in, own_out, own_err;
	int life; /* of an attached one: the shim sees it end with us */
	struct sig_proxy proxy;
	struct cleat_watch *last_bytes;
	bool started, exited, over;
	bool wait_again;   /* the daemon went away before it told the end */
	bool attach_again; /* the shim went away before the program did */
	bool in_ended;
	bool detached;
	bool lost_output; /* standard output failed: what the program said is gone */
	bool left;        /* session_run has returned */
	int code;
};

/* ---- standard input ---------------------------------------------------------------------------- */

static void ignore_answer(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	(void)arg, (void)reply, (void)err; /* the program may be gone: nothing is lost */
}

/* Tell the shim too: it holds the fifo open, so that the program would never see the end. */
static void close_stdin(struct session *session)
{
	Cleat__V1__ExecIdRequest request = CLEAT__V1__EXEC_ID_REQUEST__INIT;
	struct cleat_error ignored = { 0 };

	cleat_closep(&session->fifo_in);
	session->fifo_in = -1;
	/* Others may type, too, where we came later. */
	if (!session->started || session->cli->lost || session->plan.running)
		return;
	request.namespace_ = cli_namespace(session->cli);
	request.id = (char *)session->plan.id;
	request.exec_id = (char *)(session->plan.exec_id ? session->plan.exec_id : "");
	(void)rpc_call(session->cli->client, CONTAINERS->name, "CloseStdin", &request.base,
		       reply_type(CONTAINERS, "CloseStdin"), 0, ignore_answer, NULL, &ignored);
}

static void stdin_done(void *arg)
{
	struct session *session = arg;

	if (session->plan.attach && session->in.broken && !session->exited) {
		session->attach_again = true;
		return;
	}
	/* Seen twice when the fifo broke first: the second is the end of our input. */
	if (session->in_ended)
		return;
	session->in_ended = true;
	if (session->detached)
		session->over = true;
	else
		close_stdin(session);
}

/* ---- the end ----------------------------------------------------------------------------------- */

static bool finished(const struct stream *stream)
{
	return !stream->loop || stream->ended;
}

static void check_over(struct session *session)
{
	if (session->exited && finished(&session->out) && finished(&session->err))
		session->over = true;
}

static void give_up_waiting(void *arg);

static void wait_for_last_bytes(struct session *session)
{
	struct cleat_error err = { 0 };
	uint64_t limit = session->plan.terminal ? LAST_BYTES_TERMINAL_NS : LAST_BYTES_NS;

	loop_unwatch(session->last_bytes);
	session->last_bytes = NULL;
	if (loop_watch_timer(session->cli->loop, limit, give_up_waiting, session,
			     &session->last_bytes, &err) < 0)
		session->over = true;
}

/* Somebody the program left behind has its output open: what he will write is his, not ours. */
static void give_up_waiting(void *arg)
{
	struct session *session = arg;
	bool out = stream_flush(&session->out);
	bool err = stream_flush(&session->err);

	/* A slow reader of ours still gets everything. */
	if (out && err)
		session->over = true;
	else if (!session->over)
		wait_for_last_bytes(session);
}

static void program_ended(struct session *session, int code)
{
	session->exited = true;
	session->code = code;
	check_over(session);
	if (!session->over)
		wait_for_last_bytes(session);
}

static void output_done(void *arg)
{
	struct session *session = arg;

	/* Like a program whose reader went away. The container goes on, as docker's would. */
	if (session->out.broken == EPIPE || (session->plan.terminal && session->out.broken)) {
		session->code = LEFT_BY_SIGPIPE;
		session->exited = true;
		session->over = true;
		return;
	}
	if (session->out.broken && !session->out.ended) {
		(void)fprintf(stderr, "cleat: cannot write to standard output: %s\n",
			      strerror(session->out.broken));
		session->lost_output = true;
	}
	session->attach_again = session->plan.attach && session->out.ended && !session->exited;
	check_over(session);
}

static void errors_done(void *arg)
{
	check_over(arg);
}

static void waited(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct session *session = arg;
	const Cleat__V1__WaitResponse *answer = (const Cleat__V1__WaitResponse *)reply;

	if (session->exited || session->left)
		return;
	if (answer) {
		program_ended(session, (int)(answer->exit_status & 0xff));
		return;
	}
	if (session->started && (err->errnum == ECONNRESET || session->cli->lost)) {
		session->wait_again = true;
		return;
	}
	if (!session->started)
		return; /* Start has the better reason */
	session->cli->err = *err;
	cli_complain(session->cli);
	program_ended(session, 125);
}

/* NEXT_EXIT: also a program that ends before this arrives is seen, since it is sent before Start. */
static int send_wait(struct session *session, bool again)
{
	const struct session_plan *plan = &session->plan;
	struct cli *cli = session->cli;
	Cleat__V1__WaitRequest request = CLEAT__V1__WAIT_REQUEST__INIT;
	Cleat__V1__ExecIdRequest exec = CLEAT__V1__EXEC_ID_REQUEST__INIT;

	request.namespace_ = exec.namespace_ = cli_namespace(cli);
	request.id = exec.id = (char *)plan->id;
	if (plan->exec_id) {
		exec.exec_id = (char *)plan->exec_id;
		return rpc_call(cli->client, CONTAINERS->name, "ExecWait", &exec.base,
				reply_type(CONTAINERS, "ExecWait"), 0, waited, session, &cli->err);
	}
	request.condition = plan->removed ? CLEAT__V1__WAIT_CONDITION__REMOVED
			    : again       ? CLEAT__V1__WAIT_CONDITION__NOT_RUNNING
					  : CLEAT__V1__WAIT_CONDITION__NEXT_EXIT;
	return rpc_call(cli->client, CONTAINERS->name, "Wait", &request.base,
			reply_type(CONTAINERS, "Wait"), 0, waited, session, &cli->err);
}

/* The daemon died, the program did not: ask the next one. */
static void ask_again(struct session *session)
{
	struct cli *cli = session->cli;

	session->wait_again = false;
	cli->lost = true;
	if (connect_daemon(cli) == 0 && send_wait(session, true) == 0)
		return;
	cli_complain(cli);
	program_ended(session, 125);
}

/* ---- the beginning ----------------------------------------------------------------------------- */

static int open_fifo(struct session *session, const char *path, int flags, int *out_fd)
{
	*out_fd = -1;
	if (!path || !*path)
		return 0;
	*out_fd = open(path, flags | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
	/* Nobody reads yet: hold both ends, so that what we write waits for the reader. */
	if (*out_fd < 0 && errno == ENXIO)
		*out_fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW);
	if (*out_fd < 0)
		return cleat_fail(&session->cli->err, errno, "cannot open '%s': %m", path);
	/* Fewer turns between program and client; where it is not allowed the old size will do. */
	(void)fcntl(*out_fd, F_SETPIPE_SZ, FIFO_BYTES);
	return 0;
}

/* The daemon knows the shim; the streams are the shim's and ours. */
static int attach(struct session *session)
{
	struct cli *cli = session->cli;
	Cleat__V1__ContainerRequest request = CLEAT__V1__CONTAINER_REQUEST__INIT;
	Cleat__V1__AttachResponse *reply = NULL;
	struct attach_ends ends;

	request.namespace_ = cli_namespace(cli);
	request.id = (char *)session->plan.id;
	int r = daemon_call(cli, CONTAINERS, "Attach", &request.base, &reply);

	if (r < 0)
		return r;
	session->plan.terminal = reply->terminal;
	r = attach_ends_open(reply->socket, session->plan.input && reply->input, !reply->terminal,
			     &ends, &cli->err);
	if (r < 0)
		return r;
	session->fifo_in = ends.in;
	session->fifo_out = ends.out;
	session->fifo_err = ends.err;
	session->life = ends.life;
	return 0;
}

static int open_streams(struct session *session)
{
	const struct session_plan *plan = &session->plan;

	if (plan->attach)
		return attach(session);
	int r = open_fifo(session, plan->out, O_RDONLY, &session->fifo_out);

	if (r == 0)
		r = open_fifo(session, plan->err, O_RDONLY, &session->fifo_err);
	if (r == 0)
		r = open_fifo(session, plan->in, O_WRONLY, &session->fifo_in);
	return r;
}

static int start_output(struct session *session, struct stream *stream, int fifo, int fd, int *own,
			void (*done)(void *arg))
{
	if (fifo < 0)
		return 0;
	*own = stream_reopen(fd, true);
	if (*own < 0)
		return cleat_fail(&session->cli->err, -*own, "cannot use descriptor %d: %m", fd);
	return stream_start(stream, session->cli->loop, fifo, *own, done, session,
			    &session->cli->err);
}

static int start_outputs(struct session *session)
{
	int r = start_output(session, &session->out, session->fifo_out, STDOUT_FILENO,
			     &session->own_out, output_done);

	return r < 0 ? r
		     : start_output(session, &session->err, session->fifo_err, STDERR_FILENO,
				    &session->own_err, errors_done);
}

static bool filter_keys(void *arg, char *bytes, size_t *len)
{
	struct session *session = arg;

	session->detached = detach_keys_filter(session->plan.keys, bytes, len);
	return session->detached;
}

/* Only now: the program runs, so that the end of our input can be passed on. */
static int start_input(struct session *session)
{
	if (session->fifo_in < 0)
		return 0;
	session->own_in = stream_reopen(STDIN_FILENO, false);
	if (session->own_in < 0) {
		stdin_done(session);
		return 0;
	}
	int r = stream_start(&session->in, session->cli->loop, session->own_in, session->fifo_in,
			     stdin_done, session, &session->cli->err);

	if (r == 0 && session->plan.terminal && session->plan.keys) {
		session->in.filter = filter_keys;
		session->in.filter_arg = session;
	}
	return r;
}

static int send_start(struct session *session)
{
	const struct session_plan *plan = &session->plan;
	struct cli *cli = session->cli;
	Cleat__V1__StartRequest request = CLEAT__V1__START_REQUEST__INIT;
	Cleat__V1__ExecIdRequest exec = CLEAT__V1__EXEC_ID_REQUEST__INIT;
	Cleat__V1__StartResponse *reply = NULL;
	int r = 0;

	request.namespace_ = exec.namespace_ = cli_namespace(cli);
	request.id = exec.id = (char *)plan->id;
	exec.exec_id = (char *)(plan->exec_id ? plan->exec_id : "");
	r = daemon_call(cli, CONTAINERS, plan->exec_id ? "ExecStart" : "Start",
			plan->exec_id ? &exec.base : &request.base, &reply);
	if (r < 0)
		return r;
	if (reply->exit_code) {
		session->exited = true;
		terminal_restore();
		return session_cannot(cli, reply->exit_code, reply->error);
	}
	session->started = true;
	return 0;
}

/* 0: it runs. More: it could not be run, and that is the exit code. */
static int start(struct session *session)
{
	const struct session_plan *plan = &session->plan;
	int r = 0;

	/* Asked for before we are there: an end in between is not missed. */
	session->started = plan->running;
	if (plan->running)
		r = send_wait(session, false);
	if (r == 0)
		r = open_streams(session);
	if (r == 0)
		r = sig_proxy_start(&session->proxy, session->cli, &session->plan);
	if (r == 0 && plan->terminal)
		r = terminal_raw(&session->cli->err);
	if (r == 0)
		r = start_outputs(session);
	if (r == 0 && !plan->exec_id && !plan->running)
		r = send_wait(session, false);
	if (r == 0 && !plan->running)
		r = send_start(session);
	if (r == 0 && plan->exec_id)
		r = send_wait(session, false);
	if (r == 0) {
		sig_proxy_started(&session->proxy);
		r = start_input(session);
	}
	return r;
}

static void drop_streams(struct session *session)
{
	int *ends[] = { &session->fifo_in, &session->fifo_out, &session->fifo_err, &session->own_in,
			&session->own_out, &session->own_err,  &session->life };

	stream_stop(&session->in);
	stream_stop(&session->out);
	stream_stop(&session->err);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		int fd = take_fd(ends[i]);

		cleat_closep(&fd);
	}
}

/* The shim died and the program did not: soon there is another one. Or its end is told now. */
static int attach_once_more(struct session *session)
{
	struct cli *cli = session->cli;
	int r = -EBUSY;

	session->attach_again = false;
	drop_streams(session);
	for (int tries = 0; r < 0 && tries < 200 && !session->exited && !session->wait_again &&
			    !session->proxy.leave;
	     tries++) {
		(void)loop_step(cli->loop, (tries ? 50 : 5) * NS_PER_MS);
		if (!session->exited && !session->wait_again)
			r = attach(session);
	}
	if (r == 0)
		r = start_outputs(session);
	if (r == 0 && !session->in_ended)
		r = start_input(session);
	cli->err = (struct cleat_error){ 0 }; /* what is left to do is to wait for the end */
	return r;
}

static int stay(struct session *session)
{
	while (!session->over && !session->proxy.leave) {
		if (session->wait_again)
			ask_again(session);
		else if (session->attach_again)
			(void)attach_once_more(session);
		else if (loop_step(session->cli->loop, 3600 * NS_PER_S) < 0)
			return cleat_fail(&session->cli->err, EIO, "cannot wait for the program");
	}
	if (!session->over)
		return session->proxy.leave;
	/* `cleat run ... > backup.tar` on a full disk must not look like a success. */
	return session->code || !session->lost_output ? session->code
						      : cli_failure_code(session->cli);
}

static void end(struct session *session)
{
	session->left = true;
	/* Before signals end us again: a raw terminal must not outlive us. */
	terminal_restore();
	sig_proxy_stop(&session->proxy);
	loop_unwatch(session->last_bytes);
	drop_streams(session);
	if (session->detached) /* docker's words, which scripts wait for */
		(void)fprintf(stderr, "read escape sequence\n");
}

int session_run(struct cli *cli, const struct session_plan *plan)
{
	/* In the arena: a late callback of the loop may still look at it. */
	struct session *session = arena_alloc(&cli->arena, sizeof(*session));
	int r = 0;

	session->cli = cli;
	session->plan = *plan;
	session->fifo_in = session->fifo_out = session->fifo_err = session->life = -1;
	session->own_in = session->own_out = session->own_err = -1;
	r = connect_daemon(cli);
	if (r == 0)
		r = start(session);
	if (r == 0)
		r = stay(session);
	end(session);
	return r;
}

int session_cannot(struct cli *cli, int code, const char *why)
{
	(void)cleat_fail(&cli->err, EINVAL, "%s", why);
	cli_complain(cli);
	cli->cannot = true;
	return code;
}
