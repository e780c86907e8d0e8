/* SPDX-License-Identifier: Apache-2.0 */
/* net_devices.c - move each, give it its addresses again, bring it up. */
#include "net_devices.h"

#include "netlink.h"
#include "syscalls.h"

#include <cleat/cleanup.h>

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEVICES = 64, MAX_TRIES = 1024 };

struct device {
	char name[IFNAMSIZ];   /* here */
	char wanted[IFNAMSIZ]; /* there; perhaps with %d */
	char given[IFNAMSIZ];  /* there; what it became */
	bool up, moved;
	struct netlink_addresses addresses;
};

struct net_devices {
	int netns; /* the container's, once it is known */
	size_t n;
	struct device list[];
};

/* The kernel's own rule (dev_valid_name); %d only where the kernel would pick a number. */
static int check_name(const char *name, bool template, struct cleat_error *err)
{
	const char *percent = strchr(name, '%');

	if (!*name || strlen(name) >= IFNAMSIZ || strcmp(name, ".") == 0 ||
	    strcmp(name, "..") == 0 || name[strcspn(name, "/: \t\n\v\f\r")])
		return cleat_fail(err, EINVAL, "'%.40s' is no name of a network device", name);
	if (percent && (!template || percent[1] != 'd' || strchr(percent + 1, '%')))
		return cleat_fail(err, EINVAL, "'%.40s' is no name of a network device", name);
	return 0;
}

static int read_device(const char *name, const struct json *node, struct device *out,
		       struct cleat_error *err)
{
	const char *wanted = NULL;
	int r = check_name(name, false, err);

	if (r == 0 && json_type(node) != JSON_OBJECT && json_type(node) != JSON_NULL)
		r = cleat_fail(err, EINVAL, "must be an object");
	if (r == 0)
		r = json_get_text(node, "name", &wanted, err);
	if (!wanted || !*wanted)
		wanted = name;
	if (r == 0)
		r = check_name(wanted, true, err);
	if (r < 0)
		return r;
	(void)snprintf(out->name, sizeof(out->name), "%s", name);
	(void)snprintf(out->wanted, sizeof(out->wanted), "%s", wanted);
	return 0;
}

static int read_list(const struct json *list, struct net_devices *out, struct cleat_error *err)
{
	for (; out->n < json_len(list); out->n++) {
		struct device *device = &out->list[out->n];

		if (read_device(json_key(list, out->n), json_at(list, out->n), device, err) < 0)
			return cleat_wrap(err, "linux.netDevices.%.40s", json_key(list, out->n));
		for (size_t i = 0; i < out->n; i++)
			if (strcmp(out->list[i].wanted, device->wanted) == 0 &&
			    !strchr(device->wanted, '%'))
				return cleat_fail(err, EINVAL,
						  "linux.netDevices: '%s' is wanted twice",
						  device->wanted);
	}
	return 0;
}

static bool has_network(const struct json *config)
{
	const struct json *list = json_path(config, "linux.namespaces");

	for (size_t i = 0; i < json_len(list); i++) {
		const char *type = json_text(json_get(json_at(list, i), "type"));

		if (type && strcmp(type, "network") == 0)
			return true;
	}
	return false;
}

/* Before anything is made: a name that is not there is the usual mistake. */
static int look(const struct net_devices *devices, struct cleat_error *err)
{
	_cleanup_close_ int ours = netlink_open(-1);

	if (ours < 0)
		return cleat_fail(err, -ours, "cannot speak rtnetlink: %m");
	for (size_t i = 0; i < devices->n; i++) {
		uint32_t index = 0;
		bool up = false;
		int r = netlink_find(ours, devices->list[i].name, &index, &up);

		if (r < 0)
			return cleat_fail(err, -r, "cannot find network device '%s': %m",
					  devices->list[i].name);
	}
	return 0;
}

int net_devices_plan(const struct json *config, struct net_devices **out, struct cleat_error *err)
{
	const struct json *list = NULL;
	int r = json_get_node(json_get(config, "linux"), "netDevices", JSON_OBJECT, &list, err);

	if (r < 0)
		return cleat_wrap(err, "linux");
	if (json_len(list) == 0)
		return 0;
	if (json_len(list) > MAX_DEVICES)
		return cleat_fail(err, E2BIG, "linux.netDevices has more than %d devices",
				  MAX_DEVICES);
	if (!has_network(config))
		return cleat_fail(err, EINVAL,
				  "linux.netDevices need a network namespace: without one the "
				  "devices are the container's already");
	struct net_devices *devices =
		calloc(1, sizeof(*devices) + json_len(list) * sizeof(struct device));

	if (!devices)
		return cleat_fail(err, ENOMEM, "cannot hold linux.netDevices: %m");
	devices->netns = -1;
	r = read_list(list, devices, err);
	if (r == 0)
		r = look(devices, err);
	if (r < 0)
		net_devices_free(devices);
	else
		*out = devices;
	return r;
}

/* The name for a template: the lowest number that is free, as the kernel would choose. */
static int choose_name(int theirs, struct device *device)
{
	uint32_t index = 0;
	bool up = false;
	bool template = strchr(device->wanted, '%');
	size_t prefix = strcspn(device->wanted, "%");

	for (int i = 0; i < (template ? MAX_TRIES : 1); i++) {
		char name[2 * IFNAMSIZ];
		int n = template ? snprintf(name, sizeof(name), "%.*s%d%s", (int)prefix,
					    device->wanted, i, device->wanted + prefix + 2)
				 : snprintf(name, sizeof(name), "%s", device->wanted);

		if (n >= IFNAMSIZ)
			return -ENAMETOOLONG;
		memcpy(device->given, name, (size_t)n + 1);
		if (netlink_find(theirs, device->given, &index, &up) == -ENODEV)
			return 0;
	}
	return -EEXIST;
}

/* Device @name in the namespace of @socket: its addresses, and up. */
static int set_up(int socket, const char *name, const struct device *device, bool up)
{
	uint32_t index = 0;
	bool was_up = false;
	int r = netlink_find(socket, name, &index, &was_up);

	for (size_t i = 0; r == 0 && i < device->addresses.n; i++)
		r = netlink_add_address(socket, index, &device->addresses.list[i]);
	return r == 0 && up ? netlink_up(socket, index) : r;
}

static int move_one(int ours, int theirs, int netns, struct device *device)
{
	uint32_t index = 0;
	int r = netlink_find(ours, device->name, &index, &device->up);

	if (r == 0)
		r = netlink_read_addresses(ours, index, &device->addresses);
	if (r == 0)
		r = choose_name(theirs, device);
	if (r == 0)
		r = netlink_move(ours, index, netns, device->given);
	if (r < 0)
		return r;
	device->moved = true;
	return set_up(theirs, device->given, device, true);
}

static bool is_ours(int netns)
{
	struct stat own;
	struct stat theirs;

	return stat("/proc/self/ns/net", &own) == 0 && fstat(netns, &theirs) == 0 &&
	       own.st_ino == theirs.st_ino && own.st_dev == theirs.st_dev;
}

static int move_all(struct net_devices *devices, struct cleat_error *err)
{
	_cleanup_close_ int ours = netlink_open(-1);
	_cleanup_close_ int theirs = netlink_open(devices->netns);

	if (ours < 0 || theirs < 0)
		return cleat_fail(err, ours < 0 ? -ours : -theirs,
				  "cannot enter the container's network namespace: %m");
	for (size_t i = 0; i < devices->n; i++) {
		struct device *device = &devices->list[i];
		int r = move_one(ours, theirs, devices->netns, device);

		if (r < 0)
			return cleat_fail(
				err, -r, "cannot move network device '%s' as '%s': %m%s",
				device->name, device->wanted,
				r == -EPERM ? "; it needs CAP_NET_ADMIN in both namespaces" : "");
	}
	return 0;
}

int net_devices_move(struct net_devices *devices, pid_t pid, struct cleat_error *err)
{
	char path[64];

	if (!devices)
		return 0;
	(void)snprintf(path, sizeof(path), "/proc/%d/ns/net", (int)pid);
	devices->netns = open(path, O_RDONLY | O_CLOEXEC);
	if (devices->netns < 0)
		return cleat_fail(err, errno, "cannot open '%s': %m", path);
	if (is_ours(devices->netns))
		return cleat_fail(err, EINVAL,
				  "linux.netDevices: the container's network namespace is the "
				  "runtime's own, they are there already");
	return move_all(devices, err);
}

void net_devices_give_back(struct net_devices *devices)
{
	if (!devices || devices->netns < 0)
		return;
	_cleanup_close_ int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int ours = netlink_open(-1);
	_cleanup_close_ int theirs = netlink_open(devices->netns);

	for (size_t i = devices->n; i-- > 0;) {
		struct device *device = &devices->list[i];
		uint32_t index = 0;
		bool up = false;

		if (!device->moved || netlink_find(theirs, device->given, &index, &up) < 0 ||
		    netlink_move(theirs, index, home, device->name) < 0)
			continue;
		(void)set_up(ours, device->name, device, device->up);
		device->moved = false;
	}
}

void net_devices_free(struct net_devices *devices)
{
	if (devices && devices->netns >= 0)
		(void)close(devices->netns);
	free(devices);
}
