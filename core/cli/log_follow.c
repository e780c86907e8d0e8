/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log_follow.c - cleat logs -f: the files say what is new (inotify), the daemon when it is over.
 *
 * The daemon may die meanwhile: the lines go on, and its successor is asked for the end.
 */
#include "cli/log_show.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/loop.h"
#include "base/text.h"
#include "cli/connect.h"
#include "rpc/pb/cleat.pb-c.h"
#include "rpc/ttrpc.h"

#define CONTAINERS (&cleat__v1__containers__descriptor)

struct follow {
	struct cli *cli;
	const char *id;
	struct log_show *show;
	struct log_files *files;
	int notify;
	bool ended, ask_again, left;
	int result;
};

static void waited(void *arg, const ProtobufCMessage *reply, const struct cleat_error *err)
{
	struct follow *follow = arg;

	if (follow->left)
		return;
	if (!reply && (err->errnum == ECONNRESET || follow->cli->lost))
		follow->ask_again = true;
	else
		follow->ended = true; /* also when it is gone altogether */
}

static int ask(struct follow *follow)
{
	struct cli *cli = follow->cli;
	Cleat__V1__WaitRequest request = CLEAT__V1__WAIT_REQUEST__INIT;
	int r = connect_daemon(cli);

	request.namespace_ = cli_namespace(cli);
	request.id = (char *)follow->id;
	request.condition = CLEAT__V1__WAIT_CONDITION__NOT_RUNNING;
	return r < 0 ? r
		     : rpc_call(cli->client, CONTAINERS->name, "Wait", &request.base,
				reply_type(CONTAINERS, "Wait"), 0, waited, follow, &cli->err);
}

static void changed(void *arg, uint32_t events)
{
	struct follow *follow = arg;
	char waste[4096];

	(void)events;
	while (read(follow->notify, waste, sizeof(waste)) > 0)
		;
	if (follow->result == 0)
		follow->result = log_show_all(follow->show, follow->files, &follow->cli->err);
}

static int watch(struct follow *follow, struct cleat_watch **out)
{
	struct cli *cli = follow->cli;
	_cleanup_free_ char *dir = text_format("/proc/self/fd/%d", follow->files->names.dir);

	follow->notify = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (follow->notify < 0 || !dir ||
	    inotify_add_watch(follow->notify, dir, IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0)
		return cleat_fail(&cli->err, errno, "cannot watch the log: %m");
	return loop_watch_fd(cli->loop, follow->notify, EPOLLIN, changed, follow, out, &cli->err);
}

/* Until the time of --until, for ever without. */
static uint64_t patience(const struct follow *follow)
{
	uint64_t until = follow->show->until;
	uint64_t now = clock_now(CLOCK_REALTIME);

	if (!until || until > now + 3600 * NS_PER_S)
		return 3600 * NS_PER_S;
	return until > now ? until - now : 0;
}

static int stay(struct follow *follow)
{
	while (follow->result == 0 && !follow->ended && !follow->show->over) {
		if (follow->ask_again) {
			follow->ask_again = false;
			follow->cli->lost = true;
			follow->result = ask(follow);
			continue;
		}
		if (patience(follow) == 0)
			break;
		if (loop_step(follow->cli->loop, patience(follow)) < 0)
			return cleat_fail(&follow->cli->err, EIO, "cannot wait for the log");
	}
	if (follow->result == 0)
		changed(follow, 0); /* what came last */
	return follow->result;
}

int log_follow(struct cli *cli, const char *id, struct log_show *show, struct log_files *files)
{
	/* In the arena: a late answer may still look at it. */
	struct follow *follow = arena_alloc(&cli->arena, sizeof(*follow));
	struct cleat_watch *watching = NULL;
	int r = 0;

	*follow =
		(struct follow){ .cli = cli, .id = id, .show = show, .files = files, .notify = -1 };
	if (files->names.dir >= 0)
		r = watch(follow, &watching);
	if (r == 0)
		r = ask(follow);
	if (r == 0) {
		changed(follow, 0);
		r = stay(follow);
	}
	follow->left = true;
	loop_unwatch(watching);
	cleat_closep(&follow->notify);
	return r;
}
