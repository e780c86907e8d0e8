/* SPDX-License-Identifier: Apache-2.0 */
/*
 * net_devices.h - linux.netDevices: devices of the runtime's network namespace that become the container's.
 *
 * They are moved before the hooks run and stay where they are when the container ends: its namespace's
 * end gives hardware back to the host and removes what is virtual, and that is the kernel's doing.
 * Only a create that fails brings them back.
 */
#ifndef RUNTIME_LINUX_NET_DEVICES_H
#define RUNTIME_LINUX_NET_DEVICES_H

#include <sys/types.h>

#include <cleat/error.h>
#include <cleat/json.h>

struct net_devices;

/** Read the list and look whether each exists. *@out is NULL when none is wanted. */
int net_devices_plan(const struct json *config, struct net_devices **out, struct cleat_error *err);
/** Move all into the network namespace of @pid; on failure those moved are back. */
int net_devices_move(struct net_devices *devices, pid_t pid, struct cleat_error *err);
/** Undo a move: names, addresses and "up" as before. What cannot be undone is left. */
void net_devices_give_back(struct net_devices *devices);
void net_devices_free(struct net_devices *devices);

#endif
