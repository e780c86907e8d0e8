/* SPDX-License-Identifier: Apache-2.0 */
/* record.c - record.json and the copy of the configuration. */
#include "record.h"

#include "base/fd.h"
#include "base/file_atomic.h"

#include <cleat/cleanup.h>

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static const char record_name[] = "record.json";
static const char config_name[] = "oci-config.json";
enum { MAX_RECORD = 16 << 20 };

int record_write(int dir, const struct record *record, struct cleat_error *err)
{
	_cleanup_json_out_ struct json_out *out = json_out_new(false);
	_cleanup_free_ char *text = NULL;

	if (!out)
		return cleat_fail(err, ENOMEM, "out of memory");
	json_out_object(out);
	json_out_pair_text(out, "ociVersion", record->version);
	json_out_pair_text(out, "bundle", record->bundle);
	json_out_pair_text(out, "rootfs", record->rootfs);
	json_out_pair_text(out, "runtime", record->runtime);
	json_out_pair_u64(out, "created", record->created_ns);
	json_out_pair_u64(out, "owner", record->owner);
	if (record->annotations) {
		json_out_key(out, "annotations");
		json_out_value(out, record->annotations);
	}
	json_out_object_end(out);
	text = json_out_take(out);
	if (!text)
		return cleat_fail(err, ENOMEM, "out of memory");
	return file_replace(dir, record_name, text, strlen(text), 0600, false, err);
}

static int bind(struct record *record, struct cleat_error *err)
{
	const struct json *root = json_root(record->doc);

	if (json_get_text(root, "ociVersion", &record->version, err) < 0 ||
	    json_get_text(root, "bundle", &record->bundle, err) < 0 ||
	    json_get_text(root, "rootfs", &record->rootfs, err) < 0 ||
	    json_get_text(root, "runtime", &record->runtime, err) < 0 ||
	    json_get_u64(root, "created", &record->created_ns, err) < 0 ||
	    json_get_u32(root, "owner", &record->owner, err) < 0 ||
	    json_get_node(root, "annotations", JSON_OBJECT, &record->annotations, err) < 0)
		return -err->errnum;
	if (!record->version || !record->bundle || !record->rootfs || !record->runtime)
		return cleat_fail(err, EINVAL, "a member is missing");
	return 0;
}

int record_read(int dir, const char *id, struct record *out, struct cleat_error *err)
{
	struct record record = { 0 };
	_cleanup_free_ char *text = NULL;
	size_t len = 0;

	if (fd_read_file(dir, record_name, MAX_RECORD, &text, &len, err) < 0)
		return cleat_wrap(err, "container '%s'", id);
	if (len == 0) /* the machine went down before it was on the disk */
		return cleat_fail(err, ENOENT, "container '%s' has an empty record", id);
	if (json_parse(text, len, &record.doc, err) < 0 || bind(&record, err) < 0) {
		record_fini(&record);
		return cleat_wrap(err, "cannot read the record of container '%s'", id);
	}
	*out = record;
	return 0;
}

bool record_exists(int dir)
{
	return faccessat(dir, record_name, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void record_remove(int dir)
{
	/* the record last: while it is there, the container is */
	(void)unlinkat(dir, config_name, 0);
	(void)unlinkat(dir, record_name, 0);
}

void record_fini(struct record *record)
{
	json_free(record->doc);
	*record = (struct record){ 0 };
}

int record_config_write(int dir, const char *config, size_t len, struct cleat_error *err)
{
	return file_create(dir, config_name, config, len, err);
}

int record_config_read(int dir, struct json_doc **out, struct cleat_error *err)
{
	_cleanup_free_ char *text = NULL;
	size_t len = 0;

	if (fd_read_file(dir, config_name, MAX_RECORD, &text, &len, err) < 0 ||
	    json_parse(text, len, out, err) < 0)
		return cleat_wrap(err, "cannot read the container's configuration");
	return 0;
}
