/* SPDX-License-Identifier: Apache-2.0 */
/* version.c - cleat version: of the client and of the engine. */
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "rpc/pb/cleat.pb-c.h"

static void print_json(const Cleat__V1__VersionResponse *engine)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);
	char *line = NULL;

	json_out_object(o);
	json_out_key(o, "Client");
	json_out_object(o);
	json_out_pair_text(o, "Version", CLEAT_VERSION);
	json_out_object_end(o);
	json_out_key(o, "Server");
	if (engine) {
		json_out_object(o);
		json_out_pair_text(o, "Version", engine->version);
		json_out_pair_u64(o, "Pid", engine->pid);
		json_out_pair_text(o, "Config", engine->config);
		json_out_pair_text(o, "Root", engine->root);
		json_out_pair_text(o, "State", engine->state);
		json_out_pair_text(o, "KernelVersion", engine->kernel);
		json_out_pair_text(o, "Arch", engine->arch);
		json_out_object_end(o);
	} else {
		json_out_null(o);
	}
	json_out_object_end(o);
	line = json_out_take(o);
	(void)printf("%s\n", line ? line : "");
	free(line);
}

static void print_text(const Cleat__V1__VersionResponse *engine)
{
	char when[CLOCK_TEXT];

	(void)printf("Client:\n Version:  %s\n", CLEAT_VERSION);
	if (!engine)
		return;
	clock_rfc3339(engine->started_at, when);
	(void)printf("\nServer:\n Version:  %s\n Pid:      %u\n Started:  %s\n Config:   %s\n"
		     " Root:     %s\n State:    %s\n Kernel:   %s\n Arch:     %s\n",
		     engine->version, engine->pid, when,
		     *engine->config ? engine->config : "default files", engine->root,
		     engine->state, engine->kernel, engine->arch);
}

int command_version(struct cli *cli)
{
	Cleat__V1__Empty request = CLEAT__V1__EMPTY__INIT;
	Cleat__V1__VersionResponse *engine = NULL;
	int r = 0;

	if (!words_on(&cli->words, "client"))
		r = daemon_call(cli, &cleat__v1__system__descriptor, "Version", &request.base,
				&engine);
	if (words_on(&cli->words, "json"))
		print_json(engine);
	else
		print_text(engine);
	return r < 0 ? cli_fail(cli, r) : cli_end(cli, 0);
}
