/* SPDX-License-Identifier: Apache-2.0 */
/* netlink.h - the few words of rtnetlink that move a network device. */
#ifndef RUNTIME_LINUX_NETLINK_H
#define RUNTIME_LINUX_NETLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cleat/error.h>

enum { NETLINK_ADDRESSES = 64 };

/** One permanent address of a device, as the kernel told it: enough to give it again. */
struct netlink_address {
	uint8_t family, prefix, flags, scope;
	uint8_t local_len, peer_len, broadcast_len;
	uint8_t local[16], peer[16], broadcast[16];
};
struct netlink_addresses {
	size_t n;
	struct netlink_address list[NETLINK_ADDRESSES];
};

/** A socket in the network namespace @netns (-1: ours). fd or -errno. */
int netlink_open(int netns);
/** Index of the device @name and whether it is up. 0 or -errno (ENODEV). */
int netlink_find(int socket, const char *name, uint32_t *out_index, bool *out_up);
/** Move device @index to namespace @netns and call it @name there. 0 or -errno. */
int netlink_move(int socket, uint32_t index, int netns, const char *name);
/** Bring device @index up. 0 or -errno. */
int netlink_up(int socket, uint32_t index);
/** Its permanent addresses whose scope is wider than the link. 0 or -errno (E2BIG). */
int netlink_read_addresses(int socket, uint32_t index, struct netlink_addresses *out);
int netlink_add_address(int socket, uint32_t index, const struct netlink_address *address);

#endif
