/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle.h - <state>/<namespace>/<id>/: what a shim finds in its working directory.
 *
 * 0700, made anew for each start: what an earlier life left is cleared first (S75), and a
 * failed start clears it again (S76).
 */
#ifndef CORE_TASK_BUNDLE_H
#define CORE_TASK_BUNDLE_H

#include <stdbool.h>
#include <stdint.h>

#include <cleat/error.h>

/** The exit record that a shim leaves behind, exit.json or exec-ID.json. */
struct bundle_exit {
	int64_t pid, exit_status, signal, exited_at, oom_kills;
	int64_t exited_boot; /* CLOCK_BOOTTIME; 0: not known */
	bool core, oom, ours;
	bool lost;          /* nobody saw its end: the status is none */
	char unhealthy[16]; /* what on-unhealthy said, and the shim did: stop, kill, restart */
};

/** Where a process's streams go, as a shim is told. */
struct bundle_io {
	char *in, *out, *err; /* "", "discard:", or a fifo's path */
};
void bundle_io_fini(struct bundle_io *io);

/** Make the directory anew, empty but for io/ and rootfs/. */
int bundle_make(const char *path, struct cleat_error *err);
/** Remove it with all that is in it; a root filesystem still mounted there is unmounted, never emptied. */
int bundle_remove(const char *path, struct cleat_error *err);
/** Write a file of it. */
int bundle_write(const char *path, const char *name, const char *text, struct cleat_error *err);
/** Read a file of it. ENOENT. Free *out. */
int bundle_read(const char *path, const char *name, char **out, struct cleat_error *err);
/** Read exit.json (@exec_id "") or exec-ID.json. ENOENT: the process has not ended. */
int bundle_read_exit(const char *path, const char *exec_id, struct bundle_exit *out,
		     struct cleat_error *err);
/**
 * Make the fifos io/[EXEC-]stdin and so on for the streams that are wanted. For the others: no
 * input, and @elsewhere for output ("discard:", or "" for a shim that is not ours). A terminal has
 * no stderr.
 */
int bundle_make_io(const char *path, const char *exec_id, bool terminal, bool in, bool out,
		   bool err_stream, const char *elsewhere, struct bundle_io *io,
		   struct cleat_error *err);
void bundle_remove_io(const char *path, const char *exec_id);

#endif
