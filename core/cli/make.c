/* SPDX-License-Identifier: Apache-2.0 */
/* make.c - make a container from the words of run and create. */
#include "cli/make.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cleat/cleanup.h>

#include "base/fd.h"
#include "cli/connect.h"
#include "cli/container_config.h"

#define CONTAINERS (&cleat__v1__containers__descriptor)

/* Made before the container: two `run` with one file cannot both win. */
static int open_cidfile(struct cli *cli, const char *file, int *out_fd)
{
	*out_fd = -1;
	if (!file)
		return 0;
	*out_fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (*out_fd < 0 && errno == EEXIST)
		return cleat_fail(
			&cli->err, EEXIST,
			"container ID file found, make sure the other container isn't running "
			"or delete %s",
			file);
	return *out_fd < 0 ? cleat_fail(&cli->err, errno, "cannot make '%s': %m", file) : 0;
}

static int create(struct cli *cli, Cleat__V1__ContainerConfig *config, const char **out_id)
{
	Cleat__V1__CreateRequest request = CLEAT__V1__CREATE_REQUEST__INIT;
	Cleat__V1__CreateResponse *reply = NULL;
	int r = 0;

	request.namespace_ = cli_namespace(cli);
	request.config = config;
	r = daemon_call(cli, CONTAINERS, "Create", &request.base, &reply);
	if (r < 0)
		return r;
	for (size_t i = 0; i < reply->n_warnings; i++)
		(void)fprintf(stderr, "cleat: warning: %s\n", reply->warnings[i]);
	*out_id = reply->id;
	return 0;
}

int make_container(struct cli *cli, Cleat__V1__ContainerConfig *config, const char **out_id)
{
	const char *cidfile = words_text(&cli->words, "cidfile");
	_cleanup_close_ int fd = -1;
	int r = container_config(cli, config);

	if (r == 0)
		r = open_cidfile(cli, cidfile, &fd);
	if (r < 0)
		return r;
	r = create(cli, config, out_id);
	if (r == 0 && fd >= 0) {
		r = fd_write_all(fd, *out_id, strlen(*out_id));
		if (r < 0) {
			(void)cleat_fail(&cli->err, -r, "cannot write '%s': %m", cidfile);
			make_undo(cli, config, *out_id);
		}
	}
	if (r < 0 && fd >= 0)
		(void)unlink(cidfile);
	return r;
}

void make_undo(struct cli *cli, const Cleat__V1__ContainerConfig *config, const char *id)
{
	Cleat__V1__RemoveRequest request = CLEAT__V1__REMOVE_REQUEST__INIT;
	struct cleat_error why = cli->err;

	if (!config->auto_remove)
		return;
	request.namespace_ = cli_namespace(cli);
	request.id = (char *)id;
	request.force = true;
	/* The daemon may have been faster: then there is nothing to remove. */
	(void)daemon_call(cli, CONTAINERS, "Remove", &request.base, NULL);
	cli->err = why;
}
