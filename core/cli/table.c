/* SPDX-License-Identifier: Apache-2.0 */
/* table.c - the table of commands. Its order is the order of `cleat --help`. */
#include "cli/table.h"

#include "cli/commands.h"
#include "cli/table_sets.h"

#define EXAMPLES(...)                        \
	.examples = (const struct example[]) \
	{                                    \
		__VA_ARGS__,                 \
		{                            \
			0                    \
		}                            \
	}
#define FLAGS(...)            \
	(const struct flag[]) \
	{                     \
		__VA_ARGS__,  \
		{             \
			0     \
		}             \
	}

/* Where the program's own exit code is ours, the engine's failures need one that programs avoid. */
enum { ENGINE_FAILED = 125 };

#define JSON_FLAG                                              \
	{                                                      \
		"json", .help = "Print one JSON object a line" \
	}
#define FORMAT_FLAG                                                                           \
	{                                                                                     \
		"format", .argument = "TEMPLATE",                                             \
			  .help = "Print fields of the JSON: '{{.Field}}', '{{json .Field}}'" \
	}
#define QUIET_FLAG                                         \
	{                                                  \
		"quiet", 'q', .help = "Print only the ids" \
	}
#define FIELDS_FLAG                                                                         \
	{                                                                                   \
		"format", 'f', .argument = "TEMPLATE",                                      \
			       .help = "Print fields: '{{.State.Pid}}', '{{json .Mounts}}'" \
	}
/* For completion. */
#define NAMES_FLAG                                                      \
	{                                                               \
		"names", .hidden = true, .help = "Print only the names" \
	}
#define TRUNC_FLAG                                                 \
	{                                                          \
		"no-trunc", .help = "Print ids and commands whole" \
	}
#define DETACH_FLAG                                                                             \
	{                                                                                       \
		"detach-keys", .argument = "KEYS",                                              \
			       .help = "Keys that leave a terminal (ctrl-p,ctrl-q); \"\": none" \
	}
#define TIMEOUT_HELP "Seconds until it is killed (10); 0: at once; -1: never"
#define TIMEOUT_FLAGS                                                               \
	{ "timeout", 't', .argument = "SECONDS", .help = TIMEOUT_HELP },            \
	{                                                                           \
		"time", .hidden = true, .argument = "SECONDS", .help = TIMEOUT_HELP \
	}

static const char exit_codes[] =
	"The exit code is that of the program, or 128+n when signal n ended it. 125: the engine failed\n"
	"before the program ran. 126: the program may not be executed. 127: there is no such program.";

const struct flag global_flags[] = {
	{ "config", .complete = COMPLETE_FILES, .argument = "FILE",
	  .help = "Read this cleat.ini alone ($CLEAT_CONFIG)" },
	{ "namespace", .argument = "NAME",
	  .help = "Containers and images of this namespace ($CLEAT_NAMESPACE, \"default\")" },
	{ "help", 'h', .help = "Print help and leave" },
	{ "version", .hidden = true, .help = "Print the version and leave" },
	{ "no-start", .hidden = true, .help = "Do not start cleatd when it is not running" },
	{ 0 },
};

const struct group groups[] = {
	{ "image", "Import, list and remove images" },
	{ "checkpoint", "Keep what a running container has in memory, and go on from there" },
	{ "plugins", "See which plugins there are and what can be set" },
	{ "config", "See and check the configuration" },
	{ 0 },
};

const struct command commands[] = {
	{ .name = "run",
	  .aliases = "container run",
	  .summary = "Make a container and run a program in it",
	  .arguments = "IMAGE [COMMAND [ARG...]]",
	  .min_args = 0,
	  .max_args = -1,
	  .own_args = true,
	  .engine_failure = ENGINE_FAILED,
	  .complete = COMPLETE_IMAGES,
	  .flags = { run_flags, container_flags, limit_flags },
	  .notes = exit_codes,
	  EXAMPLES({ "cleat run --rm debian:bookworm cat /etc/os-release",
		     "one program, then gone" },
		   { "cleat run -it --rm debian:bookworm", "a shell on a terminal" },
		   { "cleat run -d --name web --memory 64m debian:bookworm sleep 1000",
		     "in the background, with a limit" },
		   { "cleat run --rm --rootfs /:O ls /",
		     "on this system's files, which stay as they are" }),
	  .run = command_run },
	{ .name = "create",
	  .aliases = "container create",
	  .summary = "Make a container without starting it",
	  .arguments = "IMAGE [COMMAND [ARG...]]",
	  .min_args = 0,
	  .max_args = -1,
	  .own_args = true,
	  .engine_failure = ENGINE_FAILED,
	  .complete = COMPLETE_IMAGES,
	  .flags = { container_flags, limit_flags },
	  EXAMPLES({ "cleat create --name job debian:bookworm make",
		     "`cleat start -a job` runs it" }),
	  .run = command_create },
	{ .name = "start",
	  .aliases = "container start",
	  .summary = "Start containers",
	  .arguments = "CONTAINER...",
	  .min_args = 1,
	  .max_args = -1,
	  .complete = COMPLETE_CONTAINERS,
	  .flags = { FLAGS({ "attach", 'a', .help = "Show its output and wait for its end" },
			   { "interactive", 'i', .help = "Attach, with standard input" },
			   { "sig-proxy", .help = "Pass signals on to the program (on)" },
			   { "checkpoint", .argument = "NAME",
			     .help = "Go on from this checkpoint (`cleat checkpoint ls`)" },
			   DETACH_FLAG) },
	  .notes = "With -a or -i the exit code is the program's, or 125 when the engine failed.",
	  EXAMPLES({ "cleat start web db", "two at once" },
		   { "cleat start -ai job", "as `run` would have done it" }),
	  .run = command_start },
	{ .name = "attach",
	  .aliases = "container attach",
	  .summary = "Come to the terminal, or the streams, of a running container",
	  .arguments = "CONTAINER",
	  .min_args = 1,
	  .max_args = 1,
	  .engine_failure = 1,
	  .complete = COMPLETE_CONTAINERS,
	  .flags = { FLAGS({ "no-stdin", .help = "Only look" },
			   { "sig-proxy", .help = "Pass signals on to the program (on)" },
			   DETACH_FLAG) },
	  .notes =
		  "Shows what is said from now on (`cleat logs` has what was said before), and passes on what is\n"
		  "typed when the container was made with -i. Several clients may be attached at once; one that\n"
		  "stops reading stops the program. Possible for what was started with -d, with -t, or with\n"
		  "--log-driver. The exit code is the program's; 0 after the detach keys.",
	  EXAMPLES({ "cleat attach web", "leave it with ctrl-p ctrl-q when it has a terminal" },
		   { "cleat attach --no-stdin --sig-proxy=false web", "look, and leave with ^C" }),
	  .run = command_attach },
	{ .name = "stop",
	  .aliases = "container stop",
	  .summary = "Stop containers",
	  .arguments = "CONTAINER...",
	  .min_args = 1,
	  .max_args = -1,
	  .complete = COMPLETE_CONTAINERS,
	  .flags = { FLAGS(TIMEOUT_FLAGS,
			   { "signal", 's', .argument = "SIGNAL",
			     .help = "Send this in place of the container's stop signal" }) },
	  EXAMPLES({ "cleat stop -t 3 web", "TERM, and KILL after three seconds" }),
	  .run = command_stop },
	{ .name = "restart",
	  .aliases = "container restart",
	  .summary = "Stop containers, then start them",
	  .arguments = "CONTAINER...",
	  .min_args = 1,
	  .max_args = -1,
	  .complete = COMPLETE_CONTAINERS,
	  .flags = { FLAGS(TIMEOUT_FLAGS) },
	  EXAMPLES({ "cleat restart web", "files and id stay" }),
	  .run = command_restart },
	{ .name = "restart-reset",
	  .aliases = "container restart-reset",
	  .summary = "Forget the failures of containers",
	  .arguments = "CONTAINER...",
	  .min_args = 1,
	  .max_args = -1,
	  .complete = COMPLETE_CONTAINERS,
	  .notes = "Back-off, retries and start limit begin anew. One that waits for its restart "
		   "is started now; one that was given up stays stopped until `cleat start`.",
	  EXAMPLES({ "cleat restart-reset web", "it had failed too often" }),
	  .run = command_restart_reset },
	{ .name = "kill",
	  .aliases = "container kill",
	  .summary = "Send a signal to containers",
	  .arguments = "CONTAINER...",
	  .min_args = 1,
	  .max_args = -1,
	  .complete = COMPLETE_CONTAINERS,
	  .flags = { FLAGS({ "signal", 's', .argument = "SIGNAL",
			     .words = "HUP INT QUIT KILL USR1 USR2 TERM",
			     .help = "Which one (KILL)" }) },
	  EXAMPLES({ "cleat kill -s HUP web", "let it read its configuration again" }),
	  .run = command_kill },
	{ .name = "rm",
	  .aliases = "container rm|remove",
	  .summary = "Remove containers",
	  .arguments = "CONTAINER...",
	  .min_args = 1,
	  .max_args = -1,
	  .complete = COMPLETE_CONTAINERS,
	  .flags = { FLAGS(
		  { "force", 'f', .help = "Kill it first if it runs" },
		  { "volumes", 'v', .hidden = true, .help = "Accepted for docker's sake" }) },
	  EXAMPLES({ "cleat rm web", "a stopped one" },
		   { "cleat rm -f $(cleat ps -aq)", "all of them" }),
	  .run = command_rm },
	{ .name = "exec",
	  .aliases = "container exec",
	  .summary = "Run a program in a running container",
	  .arguments = "CONTAINER COMMAND [ARG...]",
	  .min_args = 2,
	  .max_args = -1,
	  .own_args = true,
	  .complete = COMPLETE_CONTAINERS,
	  .flags = { exec_flags },
	  .notes =
		  "The exit code is that of the program, or 128+n when signal n ended it. 126: the program may not\n"
		  "be executed. 127: there is no such program. 1: also the engine failed, as docker has it.",
	  EXAMPLES({ "cleat exec web hostname", "print its output here" },
		   { "cleat exec -it web bash", "a shell inside" }),
	  .run = command_exec },
	{ .name = "ps",
	  .aliases = "container ls|container list|container ps|ls|list",
	  .summary = "List containers",
	  .arguments = "",
	  .max_args = 0,
	  .flags = { FLAGS(
		  { "all", 'a', .help = "Also those that do not run" },
		  { "filter", 'f', true, .argument = "KEY=VALUE",
		    .words = "id= name= label= status= exited= ancestor= before= since= health=",
		    .help = "Only these; keys: id name label status exited ancestor "
			    "before since health" },
		  { "latest", 'l', .help = "The newest one, running or not" },
		  { "last", 'n', .argument = "NUMBER", .help = "The newest NUMBER" }, TRUNC_FLAG,
		  QUIET_FLAG, NAMES_FLAG, JSON_FLAG, FORMAT_FLAG) },
	  EXAMPLES({ "cleat ps -a", "all containers" },
		   { "cleat ps --format '{{.Names}}'", "for programs" }),
	  .run = command_ps },
	{ .name = "inspect",
	  .aliases = "container inspect",
	  .summary = "Print all about containers or images as JSON",
	  .arguments = "NAME...",
	  .min_args = 1,
	  .max_args = -1,
	  .complete = COMPLETE_CONTAINERS,
	  .flags = { FLAGS({ "type", .argument = "KIND", .words = "container image",
			     .help = "container or image; else whatever has the name" },
			   FIELDS_FLAG) },
	  EXAMPLES({ "cleat inspect web | jq .[0].State", "how it is" },
		   { "cleat inspect -f '{{.State.Pid}}' web", "one field" }),
	  .run = command_inspect },
	{ .name = "logs",
	  .aliases = "container logs",
	  .summary = "Print what a container has said",
	  .arguments = "CONTAINER",
	  .min_args = 1,
	  .max_args = 1,
	  .complete = COMPLETE_CONTAINERS,
	  .flags = { FLAGS(
		  { "follow", 'f', .help = "Go on until it has ended" },
		  { "tail", 'n', .argument = "LINES",
		    .help = "Only so many of the last lines (all)" },
		  { "since", .argument = "TIME", .help = "Only what was said then or later" },
		  { "until", .argument = "TIME", .help = "Only what was said before" },
		  { "timestamps", 't', .help = "Put the time in front of each line" }) },
	  .notes =
		  "TIME is 2026-11-22T00:28:31Z (or less of it), seconds since 1970, or how long ago: 10m.\n"
		  "What went to standard error is printed there. A container that was started by `run` or\n"
		  "`start -a` in the foreground, without a terminal and without --log-driver, told its client\n"
		  "everything and keeps no log of it. What went to systemd's journal (--log-driver journald) is\n"
		  "read by journalctl.",
	  EXAMPLES({ "cleat logs -f --tail 10 web", "the last lines, and those to come" },
		   { "cleat logs --since 1h -t web 2>&1 | grep error", "with the time" }),
	  .run = command_logs },
	{ .name = "events",
	  .aliases = "system events",
	  .summary = "Print what happens to containers and images",
	  .arguments = "",
	  .max_args = 0,
	  .flags = { FLAGS(
		  { "since", .argument = "TIME", .help = "First what has happened since then" },
		  { "until", .argument = "TIME", .help = "Leave then; without it only at ^C" },
		  { "filter", 'f', true, .argument = "KEY=VALUE",
		    .words = "type= event= container= image= label=",
		    .help = "Only these; keys: type event container image label" },
		  JSON_FLAG, FORMAT_FLAG) },
	  .notes =
		  "TIME is 2026-11-22T00:28:31Z (or less of it), seconds since 1970, or how long ago: 10m.\n"
		  "The events are docker's, and restart-scheduled, restart-giveup and gc. Of filters with one\n"
		  "key one must hold (of labels each), and so for every key. The latest 1024 are kept for\n"
		  "--since; they survive the daemon, and a power cut takes the last seconds. Who does not\n"
		  "read what comes is left behind with an error.",
	  EXAMPLES({ "cleat events --since 10m --until 0s", "what has just happened" },
		   { "cleat events --json --filter event=die | jq .Actor.Attributes.exitCode",
		     "each end, for programs" }),
	  .run = command_events },
	{ .name = "wait",
	  .aliases = "container wait",
	  .summary = "Wait until containers end, print their exit codes",
	  .arguments = "CONTAINER...",
	  .min_args = 1,
	  .max_args = -1,
	  .complete = COMPLETE_CONTAINERS,
	  .flags = { FLAGS({ "condition", .argument = "WHAT",
			     .words = "not-running next-exit removed",
			     .help = "not-running (default), next-exit or removed" }) },
	  EXAMPLES({ "cleat wait web", "137 after `cleat kill web`" }),
	  .run = command_wait },
	{ .name = "top",
	  .aliases = "container top",
	  .summary = "List the processes of a container",
	  .arguments = "CONTAINER [PS-OPTION...]",
	  .min_args = 1,
	  .max_args = -1,
	  .own_args = true,
	  .complete = COMPLETE_CONTAINERS,
	  .flags = { FLAGS(JSON_FLAG) },
	  .notes =
		  "The columns are those of ps -ef, and process ids are the host's. With options it is this\n"
		  "machine's ps that prints, and PID must be among its columns.",
	  EXAMPLES({ "cleat top web", "who runs inside" },
		   { "cleat top web -o pid,rss,args", "columns of ps" }),
	  .run = command_top },
	{ .name = "stats",
	  .aliases = "container stats",
	  .summary = "Show what containers use",
	  .arguments = "[CONTAINER...]",
	  .max_args = -1,
	  .complete = COMPLETE_CONTAINERS,
	  .flags = { FLAGS({ "all", 'a', .help = "Also those that do not run" },
			   { "no-stream", .help = "Once, in place of every second" }, TRUNC_FLAG,
			   JSON_FLAG, FORMAT_FLAG) },
	  .notes =
		  "CPU % is of one processor. Memory is without the page cache that nobody has used for a while.\n"
		  "-- is what is not known: of a container that does not run, or of the host's own network.",
	  EXAMPLES({ "cleat stats", "all that run, again every second" },
		   { "cleat stats --no-stream --json web", "once, for programs" }),
	  .run = command_stats },
	{ .name = "pause",
	  .aliases = "container pause",
	  .summary = "Freeze containers",
	  .arguments = "CONTAINER...",
	  .min_args = 1,
	  .max_args = -1,
	  .complete = COMPLETE_CONTAINERS,
	  EXAMPLES({ "cleat pause web", "every process stands still" }),
	  .run = command_pause },
	{ .name = "unpause",
	  .aliases = "container unpause",
	  .summary = "Let frozen containers go on",
	  .arguments = "CONTAINER...",
	  .min_args = 1,
	  .max_args = -1,
	  .complete = COMPLETE_CONTAINERS,
	  EXAMPLES({ "cleat unpause web", "go on" }),
	  .run = command_unpause },
	{ .name = "rename",
	  .aliases = "container rename",
	  .summary = "Give a container another name",
	  .arguments = "CONTAINER NAME",
	  .min_args = 2,
	  .max_args = 2,
	  .complete = COMPLETE_CONTAINERS,
	  EXAMPLES({ "cleat rename web old-web", "make room for a new one" }),
	  .run = command_rename },
	{ .name = "update",
	  .aliases = "container update",
	  .summary = "Change limits and restart policy of containers",
	  .arguments = "CONTAINER...",
	  .min_args = 1,
	  .max_args = -1,
	  .complete = COMPLETE_CONTAINERS,
	  .flags = { limit_flags, FLAGS({ "restart", .argument = "POLICY", .words = RESTART_WORDS,
					  .help = "When to start it again" },
					RESTART_OPT_FLAG) },
	  EXAMPLES({ "cleat update --memory 128m web", "more memory, at once" },
		   { "cleat update --restart always web", "from its next end on" }),
	  .run = command_update },

	{ .group = "image",
	  .name = "import",
	  .aliases = "load",
	  .summary = "Import an image from a tar, an OCI layout or a directory",
	  .arguments = "PATH [NAME[:TAG]]",
	  .min_args = 1,
	  .max_args = 2,
	  .complete = COMPLETE_FILES,
	  .flags = { FLAGS({ "quiet", 'q', .help = "Print only the image's id" }) },
	  .notes =
		  "PATH is a root filesystem (a directory, or a tar that may be compressed by gzip, zstd or\n"
		  "xz), an OCI layout (directory or tar) or what `docker save` wrote; - reads standard input.\n"
		  "NAME may be left out when the archive has one.",
	  EXAMPLES({ "cleat image import debian.tar debian:bookworm", "a root filesystem" },
		   { "docker save alpine | cleat image import -", "with the name it had there" }),
	  .run = command_image_import },
	{ .group = "image",
	  .name = "ls",
	  .aliases = "images|image list",
	  .summary = "List images",
	  .arguments = "",
	  .max_args = 0,
	  .flags = { FLAGS(TRUNC_FLAG, QUIET_FLAG, NAMES_FLAG, JSON_FLAG, FORMAT_FLAG) },
	  EXAMPLES({ "cleat image ls", "names, ids, sizes" }),
	  .run = command_image_ls },
	{ .group = "image",
	  .name = "rm",
	  .aliases = "rmi|image remove",
	  .summary = "Remove images",
	  .arguments = "IMAGE...",
	  .min_args = 1,
	  .max_args = -1,
	  .complete = COMPLETE_IMAGES,
	  .flags = { FLAGS({ "force", 'f', .help = "Also one that containers were made from" }) },
	  EXAMPLES({ "cleat image rm debian:bookworm",
		     "the name, and the files with its last name" }),
	  .run = command_image_rm },
	{ .group = "image",
	  .name = "inspect",
	  .summary = "Print all about images as JSON",
	  .arguments = "IMAGE...",
	  .min_args = 1,
	  .max_args = -1,
	  .complete = COMPLETE_IMAGES,
	  .flags = { FLAGS(FIELDS_FLAG) },
	  EXAMPLES({ "cleat image inspect debian:bookworm", "its configuration and layers" }),
	  .run = command_image_inspect },
	{ .group = "image",
	  .name = "tag",
	  .aliases = "tag",
	  .summary = "Give an image one more name",
	  .arguments = "IMAGE NAME[:TAG]",
	  .min_args = 2,
	  .max_args = 2,
	  .complete = COMPLETE_IMAGES,
	  EXAMPLES({ "cleat image tag debian:bookworm base", "base:latest is the same image" }),
	  .run = command_image_tag },

	{ .group = "checkpoint",
	  .name = "create",
	  .summary = "Write a running container to images, with criu",
	  .arguments = "CONTAINER NAME",
	  .min_args = 2,
	  .max_args = 2,
	  .complete = COMPLETE_CONTAINERS,
	  .flags = { FLAGS({ "leave-running", .help = "The container goes on; else it ends" }) },
	  .notes =
		  "Takes the package criu, and a kernel that it knows. The container's files are not in the images.",
	  EXAMPLES({ "cleat checkpoint create web warm",
		     "`cleat start --checkpoint warm web` goes on from there" }),
	  .run = command_checkpoint_create },
	{ .group = "checkpoint",
	  .name = "ls",
	  .aliases = "checkpoint list",
	  .summary = "List a container's checkpoints",
	  .arguments = "CONTAINER",
	  .min_args = 1,
	  .max_args = 1,
	  .complete = COMPLETE_CONTAINERS,
	  EXAMPLES({ "cleat checkpoint ls web", "their names" }),
	  .run = command_checkpoint_ls },
	{ .group = "checkpoint",
	  .name = "rm",
	  .aliases = "checkpoint remove",
	  .summary = "Remove a checkpoint",
	  .arguments = "CONTAINER NAME",
	  .min_args = 2,
	  .max_args = 2,
	  .complete = COMPLETE_CONTAINERS,
	  EXAMPLES({ "cleat checkpoint rm web warm", "its images are gone" }),
	  .run = command_checkpoint_rm },
	{ .group = "plugins",
	  .name = "ls",
	  .aliases = "plugins list|plugin ls",
	  .summary = "List plugins: type, name, version, state, file",
	  .arguments = "",
	  .max_args = 0,
	  .flags = { FLAGS(NAMES_FLAG, JSON_FLAG) },
	  .notes = "Works without cleatd. A refused plugin is listed with the reason.",
	  EXAMPLES({ "cleat plugins ls", "what `[plugins] load` names" }),
	  .run = command_plugins_ls },
	{ .group = "plugins",
	  .name = "show",
	  .aliases = "plugin show",
	  .summary = "Print a plugin's description and settings",
	  .arguments = "TYPE/NAME",
	  .min_args = 1,
	  .max_args = -1,
	  .complete = COMPLETE_PLUGINS,
	  EXAMPLES({ "cleat plugins show snapshotter/overlay",
		     "what its section of cleat.ini may hold" }),
	  .run = command_plugins_show },
	{ .group = "config",
	  .name = "show",
	  .summary = "Print each value and the file that set it",
	  .arguments = "",
	  .max_args = 0,
	  .flags = { FLAGS(JSON_FLAG) },
	  EXAMPLES({ "cleat config show", "what holds here" }),
	  .run = command_config_show },
	{ .group = "config",
	  .name = "defaults",
	  .summary = "Print a complete commented cleat.ini",
	  .arguments = "",
	  .max_args = 0,
	  EXAMPLES({ "cleat config defaults > cleat.ini", "to start from" }),
	  .run = command_config_defaults },
	{ .group = "config",
	  .name = "check",
	  .summary = "Say whether the configuration is good (exit 0) or not (1)",
	  .arguments = "",
	  .max_args = 0,
	  EXAMPLES({ "cleat --config new.ini config check", "before it is put in place" }),
	  .run = command_config_check },

	{ .name = "info",
	  .summary = "Print what the engine knows about itself and this machine",
	  .arguments = "",
	  .max_args = 0,
	  .flags = { FLAGS({ "json", .help = "Print one JSON object" }) },
	  EXAMPLES({ "cleat info", "directories, kernel, counts" }),
	  .run = command_info },
	{ .name = "version",
	  .summary = "Print the versions of client and engine",
	  .arguments = "",
	  .max_args = 0,
	  .flags = { FLAGS({ "client", .help = "Do not ask the engine" },
			   { "json", .help = "Print one JSON object" }) },
	  EXAMPLES({ "cleat version", "both" }),
	  .run = command_version },
	{ .name = "help",
	  .summary = "Print help for a command",
	  .arguments = "[COMMAND]",
	  .max_args = 2,
	  .complete = COMPLETE_COMMANDS,
	  EXAMPLES({ "cleat help image import", "the same as `cleat image import --help`" }),
	  .run = command_help },
	{ .name = "completion",
	  .summary = "Print shell code that completes commands, flags and names",
	  .arguments = "bash",
	  .min_args = 1,
	  .max_args = 1,
	  EXAMPLES({ "source <(cleat completion bash)", "for this shell" }),
	  .run = command_completion },
	{ 0 },
};
