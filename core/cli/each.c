/* SPDX-License-Identifier: Apache-2.0 */
/* each.c - one call for each container that was named. */
#include "cli/each.h"

#include <errno.h>
#include <stdio.h>

#include "cli/connect.h"
#include "rpc/pb/cleat.pb-c.h"

int each(struct cli *cli, bool print, int (*one)(struct cli *cli, char *name))
{
	int code = 0;
	int r = connect_daemon(cli);

	if (r < 0)
		return cli_fail(cli, r);
	for (char **name = cli->words.args; *name; name++) {
		r = one(cli, *name);
		if (r < 0)
			cli_complain(cli);
		if (r == 0 && print)
			(void)printf("%s\n", *name);
		else if (r != 0 && r != EACH_QUIETLY)
			code = 1;
	}
	return cli_end(cli, code);
}

int each_forced(struct cli *cli, bool force, int r)
{
	if (r != -ENOENT || !force)
		return r;
	cli_complain(cli);
	return EACH_QUIETLY;
}

int each_simple(struct cli *cli, const char *method, char *name)
{
	Cleat__V1__ContainerRequest request = CLEAT__V1__CONTAINER_REQUEST__INIT;

	request.namespace_ = cli_namespace(cli);
	request.id = name;
	return daemon_call(cli, &cleat__v1__containers__descriptor, method, &request.base, NULL);
}

int each_timeout(struct cli *cli, int64_t *out_seconds, bool *out_set)
{
	int r = words_i64(&cli->words, "time", out_seconds, &cli->err);

	if (r == 0)
		r = words_i64(&cli->words, "timeout", out_seconds, &cli->err);
	if (r < 0)
		return r;
	*out_set = words_given(&cli->words, "timeout") || words_given(&cli->words, "time");
	if (*out_set && *out_seconds < -1)
		return cleat_fail(&cli->err, 22, "the timeout must be at least -1");
	return 0;
}

int each_signal(struct cli *cli, uint32_t *out)
{
	const char *text = words_text(&cli->words, "signal");
	int number = text ? text_to_signal(text) : 0;

	if (number < 0 || (text && number == 0))
		return cleat_fail(&cli->err, 22, "invalid signal: %s", text);
	if (text)
		*out = (uint32_t)number;
	return 0;
}
