/* SPDX-License-Identifier: Apache-2.0 */
/* generate.c - config.json from what a user asked for: the order of its members. */
#include "draft.h"

#include "base/text.h"
#include "capabilities.h"

#include <cleat/cleanup.h>

#include <string.h>

/* The lowest version that has all we write: older runtimes refuse a newer number (crun < 1.14.2). */
static const char oci_version[] = "1.0.2";

static int write_version(struct draft *draft, struct cleat_error *err)
{
	(void)err;
	json_out_pair_text(draft->out, "ociVersion", oci_version);
	return 0;
}

static int write_root(struct draft *draft, struct cleat_error *err)
{
	const char *path = draft->options->root_path;

	(void)err;
	json_out_key(draft->out, "root");
	json_out_object(draft->out);
	json_out_pair_text(draft->out, "path", path ? path : "rootfs");
	json_out_pair_bool(draft->out, "readonly", draft->options->read_only);
	json_out_object_end(draft->out);
	return 0;
}

static int write_hostname(struct draft *draft, struct cleat_error *err)
{
	const char *name = draft->options->hostname;

	if (!name || !*name || draft_is_host(draft->options->uts))
		return 0;
	if (strlen(name) > 64) /* HOST_NAME_MAX, sethostname(2) */
		return cleat_fail(err, EINVAL,
				  "cannot use hostname '%.80s': it is longer than 64 characters",
				  name);
	json_out_pair_text(draft->out, "hostname", name);
	return 0;
}

static int write_annotations(struct draft *draft, struct cleat_error *err)
{
	const struct spec_options *options = draft->options;

	(void)err;
	if (options->nannotations == 0)
		return 0;
	json_out_key(draft->out, "annotations");
	json_out_object(draft->out);
	for (size_t i = 0; i < options->nannotations; i++)
		json_out_pair_text(draft->out, options->annotations[i].key,
				   options->annotations[i].value);
	json_out_object_end(draft->out);
	return 0;
}

static int write_sysctls(struct draft *draft, struct cleat_error *err)
{
	const char *const *item = draft->options->sysctls;

	if (!item || !*item)
		return 0;
	json_out_key(draft->out, "sysctl");
	json_out_object(draft->out);
	for (; *item; item++) {
		const char *equals = strchr(*item, '=');
		_cleanup_free_ char *key = NULL;

		if (!equals || equals == *item)
			return cleat_fail(err, EINVAL,
					  "cannot set sysctl '%s': it must be written key=value",
					  *item);
		key = strndup(*item, (size_t)(equals - *item));
		if (!key)
			return cleat_fail(err, ENOMEM, "out of memory");
		json_out_pair_text(draft->out, key, equals + 1);
	}
	json_out_object_end(draft->out);
	return 0;
}

static int write_cgroups_path(struct draft *draft, struct cleat_error *err)
{
	(void)err;
	if (draft->options->cgroups_path)
		json_out_pair_text(draft->out, "cgroupsPath", draft->options->cgroups_path);
	return 0;
}

typedef int writer(struct draft *draft, struct cleat_error *err);

static int write_all(struct draft *draft, writer *const *writers, struct cleat_error *err)
{
	for (; *writers; writers++)
		if ((*writers)(draft, err) < 0)
			return -err->errnum;
	return 0;
}

static writer *const linux_members[] = {
	draft_namespaces, draft_devices,    write_cgroups_path, draft_resources,
	write_sysctls,    draft_protection, draft_seccomp,      NULL,
};

static int write_linux(struct draft *draft, struct cleat_error *err)
{
	json_out_key(draft->out, "linux");
	json_out_object(draft->out);
	if (write_all(draft, linux_members, err) < 0)
		return -err->errnum;
	json_out_object_end(draft->out);
	return 0;
}

static writer *const members[] = {
	write_version, draft_process,     write_root,  write_hostname,
	draft_mounts,  write_annotations, write_linux, NULL,
};

int draft_write(struct draft *draft, bool pretty, char **out_json, struct cleat_error *err)
{
	_cleanup_json_out_ struct json_out *out = json_out_new(pretty);

	if (!out)
		return cleat_fail(err, ENOMEM, "out of memory");
	draft->out = out;
	if (capabilities_choose(draft->options, &draft->capabilities, err) < 0)
		return -err->errnum;
	json_out_object(out);
	if (write_all(draft, members, err) < 0)
		return -err->errnum;
	json_out_object_end(out);
	char *json = json_out_take(out);

	if (!json)
		return cleat_fail(err, ENOMEM, "cannot write config.json: out of memory");
	*out_json = json;
	return 0;
}

int spec_generate(const struct spec_options *options, bool pretty, char **out_json,
		  struct cleat_error *err)
{
	struct draft draft = { .options = options };

	return draft_write(&draft, pretty, out_json, err);
}
