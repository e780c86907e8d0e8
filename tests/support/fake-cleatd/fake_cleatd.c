/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fake_cleatd.c - a daemon for stories about the client.
 *
 * It speaks cleat.v1, makes fifos as the real one and its shim do, and runs the command as a plain
 * child. What a story wants to know about the client's calls is appended to <root>/calls. One
 * container at a time; a program outlives the daemon, and its exit code waits in <root>/exit.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/text.h"
#include "config/config.h"
#include "rpc/pb/cleat.pb-c.h"
#include "rpc/ttrpc.h"

static struct {
	struct loop *loop;
	struct config *config;
	struct rpc_call *waiter;
	char **args;
	char dir[256]; /* of the fifos */
	bool terminal, in;
	int fifo_in, keep_in, fifo_out, fifo_err;
	pid_t pid;
	struct rpc_call *importer; /* waits for the end of import_pid */
	pid_t import_pid;
	char *import_name;
} fake = { .fifo_in = -1, .keep_in = -1, .fifo_out = -1, .fifo_err = -1 };

static void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *fmt, ...)
{
	char path[512];
	va_list args;

	(void)snprintf(path, sizeof(path), "%s/calls", fake.config->cleat.root);
	FILE *file = fopen(path, "ae");

	if (!file)
		return;
	va_start(args, fmt);
	(void)vfprintf(file, fmt, args);
	va_end(args);
	(void)fclose(file);
}

static void let_go(int *fd)
{
	cleat_closep(fd);
	*fd = -1;
}

/* ---- the program --------------------------------------------------------------------------------- */

static char *path_of(const char *name)
{
	static char paths[4][300];
	static unsigned next;
	char *path = paths[next++ % 4];

	(void)snprintf(path, 300, "%s/%s", fake.dir, name);
	return path;
}

static int make(const char *name, int flags, int *out)
{
	(void)unlink(path_of(name));
	if (mkfifo(path_of(name), 0600) < 0)
		return -1;
	*out = open(path_of(name), flags | O_NONBLOCK | O_CLOEXEC);
	return *out;
}

/* Whom a Kill is for: written before the program runs, so that whoever heard of it can reach it. */
static void write_pid(pid_t pid)
{
	char path[512];

	(void)snprintf(path, sizeof(path), "%s/pid", fake.config->cleat.root);
	FILE *file = fopen(path, "we");

	if (!file)
		return;
	(void)fprintf(file, "%d\n", (int)pid);
	(void)fclose(file);
}

/* The supervisor outlives the daemon, as the shim does: it writes the exit code, then lets go of the fifos. */
static void supervise(void)
{
	char text[16];
	char path[512];
	int status = 0;
	pid_t pid = 0;

	(void)setsid();
	pid = fork();
	if (pid == 0) {
		int in = fake.in ? fake.fifo_in : open("/dev/null", O_RDONLY | O_CLOEXEC);

		(void)fcntl(fake.fifo_in, F_SETFL, 0);
		(void)fcntl(fake.fifo_out, F_SETFL, 0);
		(void)fcntl(fake.fifo_err, F_SETFL, 0);
		(void)dup2(in, 0);
		(void)dup2(fake.fifo_out, 1);
		(void)dup2(fake.fifo_err, 2);
		write_pid(getpid());
		(void)execvp(fake.args[0], fake.args);
		_exit(127);
	}
	/* Only the daemon's word keeps the program's input open, but the daemon may die. */
	(void)snprintf(path, sizeof(path), "%s/started", fake.config->cleat.root);
	(void)close(open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600));
	let_go(&fake.keep_in);
	(void)waitpid(pid, &status, 0);
	int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	int dir = open(fake.config->cleat.root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)snprintf(text, sizeof(text), "%d\n", code);
	int out = openat(dir, "exit.part", O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);

	(void)fd_write_all(out, text, strlen(text));
	(void)renameat(dir, "exit.part", dir, "exit");
	_exit(0);
}

static bool exit_code(uint32_t *out)
{
	char path[512];
	int code = 0;

	(void)snprintf(path, sizeof(path), "%s/exit", fake.config->cleat.root);
	FILE *file = fopen(path, "re");
	bool has = file && fscanf(file, "%d", &code) == 1;

	if (file)
		(void)fclose(file);
	*out = (uint32_t)code;
	return has;
}

static void import_ended(void)
{
	Cleat__V1__ImportProgress news = CLEAT__V1__IMPORT_PROGRESS__INIT;

	news.step = (char *)"done";
	news.images = &fake.import_name;
	news.n_images = 1;
	news.id = (char *)"sha256:0123";
	(void)rpc_send(fake.importer, &news.base);
	rpc_reply(fake.importer, NULL);
	fake.importer = NULL;
}

/* A test's daemon may look now and then. */
static void look(void *arg)
{
	struct cleat_error err = { 0 };
	struct cleat_watch *watch = NULL;
	uint32_t code = 0;

	(void)arg;
	if (fake.importer && waitpid(fake.import_pid, NULL, WNOHANG) > 0)
		import_ended();
	if (fake.waiter && exit_code(&code)) {
		Cleat__V1__WaitResponse reply = CLEAT__V1__WAIT_RESPONSE__INIT;
		struct rpc_call *call = fake.waiter;

		reply.exit_status = code;
		fake.waiter = NULL;
		rpc_reply(call, &reply.base);
	}
	(void)loop_watch_timer(fake.loop, 5 * NS_PER_MS, look, NULL, &watch, &err);
}

/* ---- the methods ----------------------------------------------------------------------------------- */

static void version(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	Cleat__V1__VersionResponse reply = CLEAT__V1__VERSION_RESPONSE__INIT;

	(void)arg, (void)request;
	reply.version = (char *)"fake";
	reply.pid = (uint32_t)getpid();
	reply.config = (char *)(fake.config->file ? fake.config->file : "");
	rpc_reply(call, &reply.base);
}

static void create(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Cleat__V1__ContainerConfig *config =
		((const Cleat__V1__CreateRequest *)(const void *)request)->config;
	Cleat__V1__CreateResponse reply = CLEAT__V1__CREATE_RESPONSE__INIT;
	struct strings args = { 0 };
	char exit_file[512];

	(void)arg;
	if (text_eq(config->image, "nosuch")) {
		rpc_fail_code(call, RPC_NOT_FOUND, "no image is called 'nosuch'");
		return;
	}
	for (size_t i = 0; i < config->n_args; i++)
		(void)strings_add(&args, config->args[i]);
	fake.args = args.item;
	fake.terminal = config->terminal;
	fake.in = config->open_stdin;
	(void)snprintf(exit_file, sizeof(exit_file), "%s/exit", fake.config->cleat.root);
	(void)unlink(exit_file);
	note("Create %s\n", config->image);
	reply.id = (char *)"1111222233334444111122223333444411112222333344441111222233334444";
	reply.name = (char *)"fake";
	rpc_reply(call, &reply.base);
}

static void prepare(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Cleat__V1__PrepareRequest *wanted = (const void *)request;
	Cleat__V1__PrepareResponse reply = CLEAT__V1__PREPARE_RESPONSE__INIT;

	(void)arg;
	note("Prepare %ux%u\n", wanted->rows, wanted->columns);
	if (text_eq(fake.args[0], "missing")) {
		reply.exit_code = 127;
		reply.error = (char *)"there is no program 'missing'";
		rpc_reply(call, &reply.base);
		return;
	}
	if (make("stdout", O_RDWR, &fake.fifo_out) < 0 ||
	    make("stderr", O_RDWR, &fake.fifo_err) < 0 ||
	    (wanted->attach_stdin && make("stdin", O_RDONLY, &fake.fifo_in) < 0)) {
		rpc_fail_code(call, RPC_INTERNAL, "cannot make fifos");
		return;
	}
	if (wanted->attach_stdin)
		fake.keep_in = open(path_of("stdin"), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	reply.stdout = path_of("stdout");
	reply.stderr = path_of("stderr");
	reply.stdin = wanted->attach_stdin ? path_of("stdin") : (char *)"";
	reply.terminal = fake.terminal;
	rpc_reply(call, &reply.base);
}

static void start(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	Cleat__V1__StartResponse reply = CLEAT__V1__START_RESPONSE__INIT;
	pid_t pid = -1;

	(void)arg, (void)request;
	note("Start\n");
	if (text_eq(fake.args[0], "forbidden")) {
		reply.exit_code = 126;
		reply.error = (char *)"'forbidden' may not be executed";
		rpc_reply(call, &reply.base);
		return;
	}
	pid = fork();
	if (pid == 0)
		supervise();
	fake.pid = pid;
	let_go(&fake.fifo_in);
	let_go(&fake.fifo_out);
	let_go(&fake.fifo_err);
	rpc_reply(call, &reply.base);
}

static void wait_(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	(void)arg;
	note("Wait %d\n", (int)((const Cleat__V1__WaitRequest *)(const void *)request)->condition);
	fake.waiter = call;
}

static void empty(struct rpc_call *call)
{
	Cleat__V1__IdResponse reply = CLEAT__V1__ID_RESPONSE__INIT;

	rpc_reply(call, &reply.base);
}

static void kill_(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Cleat__V1__KillRequest *wanted = (const void *)request;
	char path[512];
	int pid = 0;

	(void)arg;
	note("Kill %u\n", wanted->signal);
	(void)snprintf(path, sizeof(path), "%s/pid", fake.config->cleat.root);
	FILE *file = fopen(path, "re");

	if (file && fscanf(file, "%d", &pid) == 1 && pid > 1)
		(void)kill(pid, (int)wanted->signal);
	if (file)
		(void)fclose(file);
	empty(call);
}

static void remove_(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	(void)arg, (void)request;
	note("Remove\n");
	empty(call);
}

static void resize(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Cleat__V1__ResizeRequest *wanted = (const void *)request;
	Cleat__V1__Empty reply = CLEAT__V1__EMPTY__INIT;

	(void)arg;
	note("Resize %ux%u\n", wanted->rows, wanted->columns);
	rpc_reply(call, &reply.base);
}

static void close_stdin(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	Cleat__V1__Empty reply = CLEAT__V1__EMPTY__INIT;

	(void)arg, (void)request;
	note("CloseStdin\n");
	let_go(&fake.keep_in);
	rpc_reply(call, &reply.base);
}

static void list(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	static Cleat__V1__ContainerSummary rows[3];
	static Cleat__V1__ContainerSummary *pointers[3];
	Cleat__V1__ListResponse reply = CLEAT__V1__LIST_RESPONSE__INIT;
	uint64_t now = clock_now(CLOCK_REALTIME);
	static const char *const states[] = { "running", "exited", "created" };
	static const char *const names[] = { "web", "old", "new" };

	(void)arg, (void)request;
	for (size_t i = 0; i < 3; i++) {
		cleat__v1__container_summary__init(&rows[i]);
		rows[i].id =
			(char *)"aaaabbbbccccddddaaaabbbbccccddddaaaabbbbccccddddaaaabbbbccccdddd";
		rows[i].name = (char *)names[i];
		rows[i].image = (char *)"debian:bookworm";
		rows[i].command =
			(char *)"sh -c 'echo a long command with \xc3\xa4\xc3\xb6\xc3\xbc'\n";
		rows[i].state = (char *)states[i];
		rows[i].created_at = now - (330 + i) * NS_PER_S;
		rows[i].started_at = now - 200 * NS_PER_S;
		rows[i].exited_at = i == 1 ? now - 7200 * NS_PER_S : 0;
		rows[i].exit_status = i == 1 ? 3 : 0;
		pointers[i] = &rows[i];
	}
	reply.containers = pointers;
	reply.n_containers = 3;
	rpc_reply(call, &reply.base);
}

static void stop(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Cleat__V1__StopRequest *wanted = (const void *)request;

	(void)arg;
	note("Stop %s %lld %d %u\n", wanted->id, (long long)wanted->timeout_s, wanted->timeout_set,
	     wanted->signal);
	if (text_starts(wanted->id, "no"))
		rpc_fail_code(call, RPC_NOT_FOUND, "no container is called '%s'", wanted->id);
	else
		empty(call);
}

static void import(void *arg, struct rpc_call *call, const ProtobufCMessage *request)
{
	const Cleat__V1__ImportRequest *wanted = (const void *)request;
	Cleat__V1__ImportProgress news = CLEAT__V1__IMPORT_PROGRESS__INIT;
	int fd = open(wanted->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	char buffer[65536];
	ssize_t n = 0;

	(void)arg;
	note("Import %s\n", wanted->path);
	if (fd < 0) {
		rpc_fail_code(call, RPC_NOT_FOUND, "cannot open '%s'", wanted->path);
		return;
	}
	pid_t pid = fork();

	if (pid == 0) { /* as cleat-layer does: wait for the writer, then for the end */
		uint64_t sum = 0;
		char path[512];
		struct pollfd writer = { .fd = fd, .events = POLLIN };

		(void)poll(&writer, 1, -1);
		(void)fcntl(fd, F_SETFL, 0);
		while ((n = read(fd, buffer, sizeof(buffer))) > 0)
			sum += (uint64_t)n;
		(void)snprintf(path, sizeof(path), "%s/imported", fake.config->cleat.root);
		FILE *file = fopen(path, "we");

		if (file) {
			(void)fprintf(file, "%llu\n", (unsigned long long)sum);
			(void)fclose(file);
		}
		_exit(0);
	}
	(void)close(fd);
	news.step = (char *)"reading";
	news.what = (char *)"archive";
	news.bytes = 10;
	news.total = 100;
	(void)rpc_send(call, &news.base);
	fake.importer = call;
	fake.import_pid = pid;
	fake.import_name = strdup(wanted->name);
}

static const struct rpc_method containers[] = {
	{ "Create", create }, { "Prepare", prepare },
	{ "Start", start },   { "Wait", wait_ },
	{ "Kill", kill_ },    { "Remove", remove_ },
	{ "Resize", resize }, { "CloseStdin", close_stdin },
	{ "List", list },     { "Stop", stop },
	{ NULL, NULL },
};
static const struct rpc_method system_[] = { { "Version", version }, { NULL, NULL } };
static const struct rpc_method images[] = { { "Import", import }, { NULL, NULL } };

int main(int argc, char **argv)
{
	const char *file = argc > 2 && strcmp(argv[1], "--config") == 0 ? argv[2] : NULL;
	struct cleat_error err = { 0 };
	struct rpc_server *server = NULL;
	int fd = -1;

	(void)signal(SIGPIPE, SIG_IGN);
	log_init("cleatd", 1, false, 2);
	if (config_open(file, &fake.config, &err) < 0 || loop_new(&fake.loop, &err) < 0) {
		log_line(3, "%s", err.text);
		return 1;
	}
	(void)snprintf(fake.dir, sizeof(fake.dir), "%s", fake.config->cleat.state);
	note("daemon %d\n", (int)getpid());
	(void)unlink(fake.config->cleat.socket);
	fd = fd_unix_listen(fake.config->cleat.socket, 0600, 64);
	if (fd < 0 || rpc_server_new(fake.loop, fd, geteuid(), 64, &server, &err) < 0 ||
	    rpc_server_add(server, NULL, &cleat__v1__containers__descriptor, containers, NULL,
			   &err) < 0 ||
	    rpc_server_add(server, NULL, &cleat__v1__images__descriptor, images, NULL, &err) < 0 ||
	    rpc_server_add(server, NULL, &cleat__v1__system__descriptor, system_, NULL, &err) < 0) {
		log_line(3, "cannot serve: %s", fd < 0 ? strerror(-fd) : err.text);
		return 1;
	}
	look(NULL);
	return loop_run(fake.loop) < 0 ? 1 : 0;
}
