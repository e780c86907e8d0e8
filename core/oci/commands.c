/* SPDX-License-Identifier: Apache-2.0 */
/* commands.c - every command with its flags: runc's names, since callers know them. */
#include "commands.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

const struct flag global_flags[] = {
	FLAG(FLAG_TEXT, root, "root", 0, "DIR",
	     "where containers are recorded (/run/cleat-oci, or $XDG_RUNTIME_DIR/cleat-oci)"),
	FLAG(FLAG_TEXT, log, "log", 0, "FILE", "write messages to FILE too"),
	FLAG(FLAG_TEXT, log_format, "log-format", 0, "FORMAT", "text or json"),
	FLAG(FLAG_BOOL, debug, "debug", 0, NULL, "write debugging messages"),
	FLAG(FLAG_BOOL, systemd_cgroup, "systemd-cgroup", 0, NULL, "let systemd make the cgroup"),
	FLAG(FLAG_TEXT, cgroup_manager, "cgroup-manager", 0, "NAME",
	     "cgroupfs, systemd or disabled"),
	FLAG(FLAG_TEXT, rootless, "rootless", 0, "WORD", "true, false or auto"),
	FLAG(FLAG_BOOL, help, "help", 'h', NULL, "show help"),
	FLAG(FLAG_BOOL, version, "version", 'v', NULL, "show the version"),
	{ 0 },
};

#define HELP FLAG(FLAG_BOOL, help, "help", 'h', NULL, "show help")
#define CREATE_FLAGS                                                                           \
	FLAG(FLAG_TEXT, bundle, "bundle", 'b', "DIR", "the bundle (current directory)"),       \
		FLAG(FLAG_TEXT, config, "config", 'f', "FILE",                                 \
		     "instead of the bundle's config.json"),                                   \
		FLAG(FLAG_TEXT, console_socket, "console-socket", 0, "PATH",                   \
		     "socket that gets the terminal's master"),                                \
		FLAG(FLAG_TEXT, pidfd_socket, "pidfd-socket", 0, "PATH",                       \
		     "socket that gets a pidfd of the process"),                               \
		FLAG(FLAG_TEXT, pid_file, "pid-file", 0, "FILE", "write the process id here"), \
		FLAG(FLAG_BOOL, no_pivot, "no-pivot", 0, NULL,                                 \
		     "chroot instead of pivot_root, for a root on a ramdisk"),                 \
		FLAG(FLAG_BOOL, no_new_keyring, "no-new-keyring", 0, NULL,                     \
		     "keep the caller's session keyring"),                                     \
		FLAG(FLAG_U32, preserve_fds, "preserve-fds", 0, "N",                           \
		     "pass descriptors 3 to 2+N on"),                                          \
		FLAG(FLAG_BOOL, no_subreaper, "no-subreaper", 0, NULL,                         \
		     "do not become the parent of orphans")

static const struct flag create_flags[] = { CREATE_FLAGS, HELP, { 0 } };
static const struct flag run_flags[] = {
	CREATE_FLAGS,
	FLAG(FLAG_BOOL, detach, "detach", 'd', NULL, "return when the program runs"),
	FLAG(FLAG_BOOL, keep, "keep", 0, NULL, "do not delete the container when it has ended"),
	HELP,
	{ 0 },
};
static const struct flag exec_flags[] = {
	FLAG(FLAG_TEXT, process, "process", 'p', "FILE", "process.json; - is standard input"),
	FLAG(FLAG_BOOL, detach, "detach", 'd', NULL, "return when the program runs"),
	FLAG(FLAG_BOOL, tty, "tty", 't', NULL, "give it a terminal"),
	FLAG(FLAG_TEXT, console_socket, "console-socket", 0, "PATH",
	     "socket that gets the terminal's master"),
	FLAG(FLAG_TEXT, pidfd_socket, "pidfd-socket", 0, "PATH",
	     "socket that gets a pidfd of the process"),
	FLAG(FLAG_TEXT, pid_file, "pid-file", 0, "FILE", "write the process id here"),
	FLAG(FLAG_TEXT, cwd, "cwd", 0, "DIR", "working directory"),
	FLAG(FLAG_LIST, env, "env", 'e', "NAME=VALUE", "add to the environment"),
	FLAG(FLAG_TEXT, user, "user", 'u', "UID[:GID]", "run as this user"),
	FLAG(FLAG_LIST, groups, "additional-gids", 'g', "GID", "add a group"),
	FLAG(FLAG_LIST, capabilities, "cap", 'c', "NAME", "add a capability"),
	FLAG(FLAG_TEXT, process_label, "process-label", 0, "LABEL", "SELinux label"),
	FLAG(FLAG_TEXT, apparmor, "apparmor", 0, "PROFILE", "AppArmor profile"),
	FLAG(FLAG_BOOL, no_new_privs, "no-new-privs", 0, NULL, "it can never gain rights"),
	FLAG(FLAG_U32, preserve_fds, "preserve-fds", 0, "N", "pass descriptors 3 to 2+N on"),
	FLAG(FLAG_TEXT, cgroup, "cgroup", 0, "PATH", "a cgroup below the container's"),
	FLAG(FLAG_BOOL, ignore_paused, "ignore-paused", 0, NULL, "also when it is paused"),
	FLAG(FLAG_BOOL, no_subreaper, "no-subreaper", 0, NULL,
	     "do not become the parent of orphans"),
	HELP,
	{ 0 },
};
static const struct flag no_flags[] = { HELP, { 0 } };
static const struct flag kill_flags[] = {
	FLAG(FLAG_BOOL, all, "all", 'a', NULL, "send it to every process of the container"),
	HELP,
	{ 0 },
};
static const struct flag delete_flags[] = {
	FLAG(FLAG_BOOL, force, "force", 'f', NULL, "kill it first; absent is success"),
	HELP,
	{ 0 },
};
static const struct flag list_flags[] = {
	FLAG(FLAG_TEXT, format, "format", 'f', "FORMAT", "table or json"),
	FLAG(FLAG_BOOL, quiet, "quiet", 'q', NULL, "ids only"),
	HELP,
	{ 0 },
};
static const struct flag ps_flags[] = {
	FLAG(FLAG_TEXT, format, "format", 'f', "FORMAT", "table or json"),
	HELP,
	{ 0 },
};
static const struct flag events_flags[] = {
	FLAG(FLAG_BOOL, stats, "stats", 0, NULL, "print the figures once"),
	FLAG(FLAG_TEXT, interval, "interval", 0, "TIME", "time between figures (5s)"),
	HELP,
	{ 0 },
};
static const struct flag update_flags[] = {
	FLAG(FLAG_TEXT, resources, "resources", 'r', "FILE",
	     "linux.resources as JSON; - is standard input; the other flags are ignored then"),
	FLAG(FLAG_TEXT, blkio_weight, "blkio-weight", 0, "N", "10 to 1000"),
	FLAG(FLAG_TEXT, cpu_period, "cpu-period", 0, "US", "period of the CPU quota"),
	FLAG(FLAG_TEXT, cpu_quota, "cpu-quota", 0, "US", "CPU time in a period"),
	FLAG(FLAG_TEXT, cpu_burst, "cpu-burst", 0, "US", "quota that may be saved up"),
	FLAG(FLAG_TEXT, cpu_share, "cpu-share", 0, "N", "share among neighbours"),
	FLAG(FLAG_TEXT, cpu_rt_period, "cpu-rt-period", 0, "US", "period of the real-time quota"),
	FLAG(FLAG_TEXT, cpu_rt_runtime, "cpu-rt-runtime", 0, "US",
	     "real-time CPU time in a period"),
	FLAG(FLAG_TEXT, cpu_idle, "cpu-idle", 0, "0|1", "run only when nobody else wants to"),
	FLAG(FLAG_TEXT, cpuset_cpus, "cpuset-cpus", 0, "LIST", "CPUs"),
	FLAG(FLAG_TEXT, cpuset_mems, "cpuset-mems", 0, "LIST", "memory nodes"),
	FLAG(FLAG_TEXT, memory, "memory", 0, "BYTES", "memory limit"),
	FLAG(FLAG_TEXT, memory_reservation, "memory-reservation", 0, "BYTES", "soft limit"),
	FLAG(FLAG_TEXT, memory_swap, "memory-swap", 0, "BYTES", "memory and swap; -1: no limit"),
	FLAG(FLAG_TEXT, pids_limit, "pids-limit", 0, "N", "processes and threads"),
	FLAG(FLAG_TEXT, l3_cache_schema, "l3-cache-schema", 0, "TEXT", "Intel RDT"),
	FLAG(FLAG_TEXT, mem_bw_schema, "mem-bw-schema", 0, "TEXT", "Intel RDT"),
	HELP,
	{ 0 },
};
static const struct flag spec_flags[] = {
	FLAG(FLAG_TEXT, bundle, "bundle", 'b', "DIR", "where to write config.json"),
	FLAG(FLAG_BOOL, rootless_spec, "rootless", 0, NULL, "for a user without privileges"),
	HELP,
	{ 0 },
};
#define IMAGE_FLAGS                                                                               \
	FLAG(FLAG_TEXT, image_path, "image-path", 0, "DIR",                                       \
	     "directory of the images (./checkpoint)"),                                           \
		FLAG(FLAG_TEXT, work_path, "work-path", 0, "DIR",                                 \
		     "directory for criu's log and figures"),                                     \
		FLAG(FLAG_BOOL, tcp_established, "tcp-established", 0, NULL,                      \
		     "with open TCP connections"),                                                \
		FLAG(FLAG_BOOL, ext_unix_sk, "ext-unix-sk", 0, NULL,                              \
		     "with unix sockets that lead outside"),                                      \
		FLAG(FLAG_BOOL, shell_job, "shell-job", 0, NULL, "with a terminal from outside"), \
		FLAG(FLAG_BOOL, file_locks, "file-locks", 0, NULL, "with file locks"),            \
		FLAG(FLAG_BOOL, link_remap, "link-remap", 0, NULL,                                \
		     "with files that have lost their name"),                                     \
		FLAG(FLAG_BOOL, auto_dedup, "auto-dedup", 0, NULL,                                \
		     "drop pages of parent images that are not needed any more"),                 \
		FLAG(FLAG_BOOL, lazy_pages, "lazy-pages", 0, NULL, "refused: not supported"),     \
		FLAG(FLAG_TEXT, manage_cgroups_mode, "manage-cgroups-mode", 0, "MODE",            \
		     "soft (default), full, strict or ignore"),                                   \
		FLAG(FLAG_LIST, empty_ns, "empty-ns", 0, "KIND",                                  \
		     "network: without what is in that namespace")
static const struct flag checkpoint_flags[] = {
	IMAGE_FLAGS,
	FLAG(FLAG_TEXT, parent_path, "parent-path", 0, "DIR",
	     "images that these build on, relative to image-path"),
	FLAG(FLAG_BOOL, leave_running, "leave-running", 0, NULL,
	     "the container goes on, and is not deleted"),
	FLAG(FLAG_BOOL, pre_dump, "pre-dump", 0, NULL,
	     "only memory, and the container goes on: for parent-path later"),
	FLAG(FLAG_BOOL, tcp_skip_in_flight, "tcp-skip-in-flight", 0, NULL,
	     "leave out connections that are being made"),
	FLAG(FLAG_TEXT, page_server, "page-server", 0, "ADDRESS:PORT", "refused: not supported"),
	HELP,
	{ 0 },
};
static const struct flag restore_flags[] = {
	CREATE_FLAGS,
	FLAG(FLAG_BOOL, detach, "detach", 'd', NULL, "return when the program runs"),
	FLAG(FLAG_BOOL, keep, "keep", 0, NULL, "do not delete the container when it has ended"),
	IMAGE_FLAGS,
	FLAG(FLAG_TEXT, lsm_profile, "lsm-profile", 0, "TYPE:NAME",
	     "security label instead of that in the images"),
	FLAG(FLAG_TEXT, lsm_mount_context, "lsm-mount-context", 0, "LABEL",
	     "SELinux context of mounts instead of that in the images"),
	HELP,
	{ 0 },
};

enum { ANY = 255 };

static const struct command commands[] = {
	{ "create", "ID", "make a container, up to the start of its program", create_flags, 1, 1, 0,
	  oci_create },
	{ "start", "ID", "start the program of a created container", no_flags, 1, 1, 0, oci_start },
	{ "run", "ID", "create and start", run_flags, 1, 1, 0, oci_run },
	{ "exec", "ID COMMAND [ARG...]", "run another program in a container", exec_flags, 1, ANY,
	  255, oci_exec },
	{ "kill", "ID [SIGNAL]", "send a signal (TERM)", kill_flags, 1, 2, 0, oci_kill },
	{ "delete", "ID", "remove what a container left", delete_flags, 1, 1, 0, oci_delete },
	{ "state", "ID", "print the state as JSON", no_flags, 1, 1, 0, oci_state },
	{ "list", "", "list containers", list_flags, 0, 0, 0, oci_list },
	{ "ps", "ID [PS OPTION...]", "list the processes of a container", ps_flags, 1, ANY, 0,
	  oci_ps },
	{ "pause", "ID", "freeze all processes", no_flags, 1, 1, 0, oci_pause },
	{ "resume", "ID", "thaw all processes", no_flags, 1, 1, 0, oci_resume },
	{ "update", "ID", "change limits", update_flags, 1, 1, 0, oci_update },
	{ "events", "ID", "print figures and out-of-memory events as JSON lines", events_flags, 1,
	  1, 0, oci_events },
	{ "spec", "", "write a config.json to start from", spec_flags, 0, 0, 0, oci_spec },
	{ "features", "", "print what this runtime can do, as JSON", no_flags, 0, 0, 0,
	  oci_features },
	{ "checkpoint", "ID", "write a running container to images, with criu", checkpoint_flags, 1,
	  1, 0, oci_checkpoint },
	{ "restore", "ID", "make a container out of images, with criu", restore_flags, 1, 1, 0,
	  oci_restore },
};

const struct command *commands_all(size_t *out_n)
{
	*out_n = ARRAY_SIZE(commands);
	return commands;
}

const struct command *command_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		if (text_eq(commands[i].name, name))
			return &commands[i];
	return NULL;
}

int command_unknown(const char *name, struct cleat_error *err)
{
	const char *names[ARRAY_SIZE(commands) + 1] = { NULL };
	const char *near = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		names[i] = commands[i].name;
	near = text_nearest(name, names);
	if (!near)
		return cleat_fail(err, EINVAL, "unknown command '%.100s'; see cleat-oci --help",
				  name);
	return cleat_fail(err, EINVAL, "unknown command '%.100s', did you mean '%s'?", name, near);
}

static void help_flags(const struct flag *flags, struct text *out)
{
	for (; flags->name; flags++) {
		char left[64];

		(void)snprintf(left, sizeof(left), "%s%c%s--%s%s%s", flags->letter ? "-" : "  ",
			       flags->letter ? flags->letter : ' ', flags->letter ? ", " : " ",
			       flags->name, flags->value ? " " : "",
			       flags->value ? flags->value : "");
		text_printf(out, "  %-32s %s\n", left, flags->doc);
	}
}

void command_help(const struct command *command, struct text *out)
{
	if (command) {
		text_printf(out, "cleat-oci %s [FLAG...] %s\n\n%s\n\n", command->name,
			    command->words, command->summary);
		help_flags(command->flags, out);
		return;
	}
	text_add(out, "cleat-oci [FLAG...] COMMAND [FLAG...] [ID]\n\n"
		      "Runs containers from OCI bundles, with runc's command line.\n\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		text_printf(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
	text_add(out, "\n");
	help_flags(global_flags, out);
}
