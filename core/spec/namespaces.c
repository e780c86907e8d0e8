/* SPDX-License-Identifier: Apache-2.0 */
/* namespaces.c - linux.namespaces: of its own, the host's, or somebody's by path. */
#include "draft.h"

#include "base/text.h"

#include <cleat/cleanup.h>

#include <unistd.h>

bool draft_is_host(const char *member)
{
	return member && text_eq(member, "host");
}

bool draft_has_namespace(const char *member)
{
	return !draft_is_host(member);
}

static int write_one(struct draft *draft, const char *type, const char *member,
		     struct cleat_error *err)
{
	if (draft_is_host(member))
		return 0;
	if (member && *member && *member != '/')
		return cleat_fail(err, EINVAL,
				  "cannot join %s namespace '%s': it must be an absolute path",
				  type, member);
	json_out_object(draft->out);
	json_out_pair_text(draft->out, "type", type);
	if (member && *member)
		json_out_pair_text(draft->out, "path", member);
	json_out_object_end(draft->out);
	return 0;
}

static void write_mapping(struct draft *draft, const char *key, uint32_t id, uint32_t size)
{
	json_out_key(draft->out, key);
	json_out_array(draft->out);
	json_out_object(draft->out);
	json_out_pair_u64(draft->out, "containerID", 0);
	json_out_pair_u64(draft->out, "hostID", id);
	json_out_pair_u64(draft->out, "size", size);
	json_out_object_end(draft->out);
	json_out_array_end(draft->out);
}

void draft_mappings(struct draft *draft)
{
	const struct spec_options *o = draft->options;

	if (draft->rootless) {
		write_mapping(draft, "uidMappings", geteuid(), 1);
		write_mapping(draft, "gidMappings", getegid(), 1);
	} else if (o->map_size) {
		write_mapping(draft, "uidMappings", o->map_uid, o->map_size);
		write_mapping(draft, "gidMappings", o->map_gid, o->map_size);
	}
}

int draft_namespaces(struct draft *draft, struct cleat_error *err)
{
	const struct spec_options *o = draft->options;
	/* A user namespace of one's own needs mappings, so that "none said" means the host's. */
	const char *user = draft->rootless || o->map_size ? ""
			   : o->user_ns && *o->user_ns    ? o->user_ns
							  : "host";
	const struct {
		const char *type, *member;
	} all[] = {
		{ "pid", o->pid }, { "network", draft->rootless ? "host" : o->network },
		{ "ipc", o->ipc }, { "uts", o->uts },
		{ "mount", "" },   { "cgroup", o->cgroupns },
		{ "user", user },
	};

	json_out_key(draft->out, "namespaces");
	json_out_array(draft->out);
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (write_one(draft, all[i].type, all[i].member, err) < 0)
			return -err->errnum;
	json_out_array_end(draft->out);
	draft_mappings(draft);
	return 0;
}
