/* SPDX-License-Identifier: Apache-2.0 */
/* fd.h - whole reads and writes, and descriptors sent through a socket. */
#ifndef CORE_BASE_FD_H
#define CORE_BASE_FD_H

#include <stddef.h>

#include <cleat/error.h>

/** Write all of it; 0 or -errno. */
int fd_write_all(int fd, const void *data, size_t len);
/** Read to the end, at most @limit bytes (EFBIG), NUL added; free *@out. @what names it in errors. */
int fd_read_all(int fd, size_t limit, char **out, size_t *out_len, const char *what,
		struct cleat_error *err);
/** Open @name in @dir (AT_FDCWD allowed) without following a last symlink, and read it all. Regular files only. */
int fd_read_file(int dir, const char *name, size_t limit, char **out, size_t *out_len,
		 struct cleat_error *err);
/** Send @len bytes and one descriptor (SCM_RIGHTS); 0 or -errno. */
int fd_send(int socket, int fd, const void *data, size_t len);
/** Receive up to @len bytes and at most one descriptor, O_CLOEXEC; bytes or -errno; *out_fd may be -1. */
int fd_receive(int socket, int *out_fd, void *data, size_t len);
/** Make sure that 0, 1 and 2 are open, on /dev/null where they were not. 0 or -errno. */
int fd_open_standard(void);
/** Bind and listen (or connect) on a unix socket of any path length, through its directory. fd or -errno. */
int fd_unix_listen(const char *path, unsigned mode, int backlog);
int fd_unix_connect(const char *path);
/** The same without waiting: -EAGAIN when the listener's queue is full. The descriptor is non-blocking. */
int fd_unix_connect_now(const char *path);
/** Non-blocking, to a socket that takes datagrams; fd or -errno. */
int fd_unix_datagrams(const char *path);

#endif
