/* SPDX-License-Identifier: Apache-2.0 */
/* start_notify.c - start and the agent of SCMP_ACT_NOTIFY: what it needs is in the configuration kept. */
#include "start.h"

#include "box.h"
#include "seccomp_notify.h"
#include "sync.h"

#include <cleat/cleanup.h>

static int read_config(const struct box *box, char **text, struct json_doc **doc,
		       struct cleat_error *err)
{
	size_t len = 0;
	int r = record_read_config(box->state_fd, text, &len, err);

	return r < 0 ? r : json_parse(*text, len, doc, err);
}

int start_probe_agent(struct box *box, struct cleat_error *err)
{
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ struct json_doc *doc = NULL;

	if (!box->record.notifies)
		return 0;
	int r = read_config(box, &text, &doc, err);

	return r < 0 ? r : seccomp_notify_probe(json_root(doc), err);
}

int start_send_listener(struct box *box, int fd, int listener, struct cleat_error *err)
{
	_cleanup_close_ int owned = listener;
	_cleanup_free_ char *text = NULL;
	_cleanup_json_ struct json_doc *doc = NULL;
	int r = read_config(box, &text, &doc, err);

	if (r < 0)
		return r;
	const struct seccomp_agent agent = { .config = json_root(doc),
					     .id = box->record.id,
					     .bundle = box->record.bundle,
					     .status = "created" };

	r = seccomp_notify_send(&agent, box->record.pid, owned, err);
	if (r < 0)
		return r;
	r = sync_send(fd, SYNC_GO, 0, -1);
	return r < 0 ? cleat_fail(err, -r, "cannot reach the container's init: %m") : 0;
}
