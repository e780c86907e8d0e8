/* SPDX-License-Identifier: Apache-2.0 */
/* image_ls.c - cleat image ls: list images. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json_out.h"
#include "cli/ago.h"
#include "cli/columns.h"
#include "cli/commands.h"
#include "cli/connect.h"
#include "cli/json_flag.h"
#include "rpc/pb/cleat.pb-c.h"

enum { SHORT_ID = 12 };

/* "sha256:1234..." to docker's twelve digits. */
static const char *show_id(struct cli *cli, const char *id)
{
	const char *hex = strchr(id, ':') ? strchr(id, ':') + 1 : id;

	return words_on(&cli->words, "no-trunc") || strlen(hex) <= SHORT_ID
		       ? id
		       : arena_text_n(&cli->arena, hex, SHORT_ID);
}

/* "registry:5000/debian:bookworm": the tag is behind the last colon after the last slash. */
static const char *split_name(struct cli *cli, const char *name, const char **out_tag)
{
	const char *slash = strrchr(name, '/');
	const char *colon = strrchr(slash ? slash : name, ':');

	*out_tag = colon ? colon + 1 : "<none>";
	if (!*name)
		return "<none>";
	return colon ? arena_text_n(&cli->arena, name, (size_t)(colon - name)) : name;
}

static void print_json(struct cli *cli, const Cleat__V1__Image *image, uint64_t now)
{
	_cleanup_json_out_ struct json_out *o = json_out_new(false);
	const char *tag = NULL;
	char text[AGO_TEXT];
	char *line = NULL;

	json_out_object(o);
	json_out_pair_text(o, "Repository", split_name(cli, image->name, &tag));
	json_out_pair_text(o, "Tag", tag);
	json_out_pair_text(o, "ID", show_id(cli, image->id));
	json_out_pair_text(o, "Digest", image->digest);
	clock_rfc3339(image->created_at, text);
	json_out_pair_text(o, "CreatedAt", text);
	ago_since(image->created_at, now, text);
	json_out_pair_text(o, "CreatedSince", text);
	ago_size(image->size, text);
	json_out_pair_text(o, "Size", text);
	json_out_pair_u64(o, "Bytes", image->size);
	json_out_pair_u64(o, "Containers", image->containers);
	json_out_object_end(o);
	line = json_out_take(o);
	json_line(cli, line);
	free(line);
}

static int print_table(struct cli *cli, const Cleat__V1__ImageListResponse *list, uint64_t now)
{
	static const char *const headings[] = { "REPOSITORY", "TAG",  "IMAGE ID",
						"CREATED",    "SIZE", NULL };
	struct columns *columns = columns_new(headings);
	int r = columns ? 0 : cleat_fail(&cli->err, 12, "out of memory");

	for (size_t i = 0; r == 0 && i < list->n_images; i++) {
		const Cleat__V1__Image *image = list->images[i];
		const char *tag = NULL;
		const char *name = split_name(cli, image->name, &tag);
		char created[AGO_TEXT];
		char size[AGO_TEXT];

		ago_since(image->created_at, now, created);
		ago_size(image->size, size);
		const char *cells[] = { name, tag, show_id(cli, image->id), created, size };

		r = columns_add(columns, cells, &cli->err);
	}
	if (r == 0)
		r = columns_print(columns, &cli->err);
	columns_free(columns);
	return r;
}

int command_image_ls(struct cli *cli)
{
	Cleat__V1__ImageListRequest request = CLEAT__V1__IMAGE_LIST_REQUEST__INIT;
	Cleat__V1__ImageListResponse *list = NULL;
	const struct words *words = &cli->words;
	uint64_t now = clock_now(CLOCK_REALTIME);
	bool json = false;
	int r = json_flag(cli, &json);

	request.namespace_ = cli_namespace(cli);
	if (r == 0)
		r = daemon_call(cli, &cleat__v1__images__descriptor, "List", &request.base, &list);
	if (r < 0)
		return cli_fail(cli, r);
	for (size_t i = 0; i < list->n_images; i++) {
		if (json)
			print_json(cli, list->images[i], now);
		else if (words_on(words, "quiet"))
			(void)printf("%s\n", show_id(cli, list->images[i]->id));
		else if (words_on(words, "names"))
			(void)printf("%s\n", list->images[i]->name);
	}
	if (!json && !words_on(words, "quiet") && !words_on(words, "names"))
		r = print_table(cli, list, now);
	return r < 0 ? cli_fail(cli, r) : cli_end(cli, 0);
}
