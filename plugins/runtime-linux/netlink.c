/* SPDX-License-Identifier: Apache-2.0 */
/* netlink.c - requests on a fixed buffer, and their answers. */
#include "netlink.h"

#include "syscalls.h"

#include <cleat/cleanup.h>

#include <linux/if_addr.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>

struct request {
	struct nlmsghdr header;
	char body[512];
};

static void begin(struct request *request, uint16_t type, uint16_t flags, const void *body,
		  size_t len)
{
	memset(request, 0, sizeof(*request));
	request->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(len);
	request->header.nlmsg_type = type;
	request->header.nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	memcpy(NLMSG_DATA(&request->header), body, len);
}

/* All that we add is small and counted: it always fits. */
static void attribute(struct request *request, uint16_t type, const void *data, size_t len)
{
	size_t at = NLMSG_ALIGN(request->header.nlmsg_len);
	struct rtattr *attr = (struct rtattr *)(void *)((char *)request + at);

	attr->rta_type = type;
	attr->rta_len = (uint16_t)RTA_LENGTH(len);
	memcpy(RTA_DATA(attr), data, len);
	request->header.nlmsg_len = (uint32_t)(at + RTA_ALIGN(attr->rta_len));
}

int netlink_open(int netns)
{
	_cleanup_close_ int ours = -1;

	if (netns >= 0) {
		ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
		if (ours < 0 || setns(netns, CLONE_NEWNET) < 0)
			return -errno;
	}
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	int r = fd < 0 ? -errno : fd;

	/* A socket stays in the namespace in which it was made. */
	if (ours >= 0 && setns(ours, CLONE_NEWNET) < 0)
		r = -errno;
	if (r < 0 && fd >= 0)
		(void)close(fd);
	return r;
}

static int send_request(int socket, const struct request *request)
{
	ssize_t n = send(socket, request, request->header.nlmsg_len, 0);

	return n < 0 ? -errno : 0;
}

/* Its answer: 0 or -errno, or one message of @type in @buffer. */
static int answer(int socket, void *buffer, size_t size, uint16_t type)
{
	ssize_t n = recv(socket, buffer, size, 0);
	const struct nlmsghdr *header = buffer;

	if (n < 0)
		return -errno;
	if (!NLMSG_OK(header, (unsigned)n))
		return -EPROTO;
	if (header->nlmsg_type == NLMSG_ERROR)
		return ((const struct nlmsgerr *)NLMSG_DATA(header))->error;
	return header->nlmsg_type == type ? 0 : -EPROTO;
}

static int ask(int socket, struct request *request)
{
	_Alignas(struct nlmsghdr) char buffer[4096];

	request->header.nlmsg_flags |= NLM_F_ACK;
	int r = send_request(socket, request);

	return r < 0 ? r : answer(socket, buffer, sizeof(buffer), NLMSG_ERROR);
}

int netlink_find(int socket, const char *name, uint32_t *out_index, bool *out_up)
{
	_Alignas(struct nlmsghdr) char buffer[16384];
	struct ifinfomsg body = { 0 };
	struct request request;

	begin(&request, RTM_GETLINK, 0, &body, sizeof(body));
	attribute(&request, IFLA_IFNAME, name, strlen(name) + 1);
	int r = send_request(socket, &request);

	if (r == 0)
		r = answer(socket, buffer, sizeof(buffer), RTM_NEWLINK);
	if (r < 0)
		return r;
	memcpy(&body, NLMSG_DATA((struct nlmsghdr *)(void *)buffer), sizeof(body));
	*out_index = (uint32_t)body.ifi_index;
	*out_up = body.ifi_flags & IFF_UP;
	return 0;
}

int netlink_move(int socket, uint32_t index, int netns, const char *name)
{
	struct ifinfomsg body = { .ifi_index = (int)index };
	struct request request;

	begin(&request, RTM_NEWLINK, 0, &body, sizeof(body));
	attribute(&request, IFLA_NET_NS_FD, &netns, sizeof(netns));
	attribute(&request, IFLA_IFNAME, name, strlen(name) + 1);
	return ask(socket, &request);
}

int netlink_up(int socket, uint32_t index)
{
	struct ifinfomsg body = { .ifi_index = (int)index,
				  .ifi_flags = IFF_UP,
				  .ifi_change = IFF_UP };
	struct request request;

	begin(&request, RTM_NEWLINK, 0, &body, sizeof(body));
	return ask(socket, &request);
}

static void keep(const struct rtattr *attr, uint8_t bytes[16], uint8_t *len)
{
	size_t n = RTA_PAYLOAD(attr);

	*len = n <= 16 ? (uint8_t)n : 0;
	memcpy(bytes, RTA_DATA(attr), *len);
}

static int read_address(const struct nlmsghdr *header, uint32_t index,
			struct netlink_addresses *out)
{
	const struct ifaddrmsg *body = NLMSG_DATA(header);
	unsigned left = (unsigned)IFA_PAYLOAD(header);
	uint32_t flags = body->ifa_flags;
	struct netlink_address a = { .family = body->ifa_family,
				     .prefix = body->ifa_prefixlen,
				     .scope = body->ifa_scope };

	for (const struct rtattr *attr = IFA_RTA(body); RTA_OK(attr, left);
	     attr = RTA_NEXT(attr, left)) {
		if (attr->rta_type == IFA_LOCAL)
			keep(attr, a.local, &a.local_len);
		else if (attr->rta_type == IFA_ADDRESS)
			keep(attr, a.peer, &a.peer_len);
		else if (attr->rta_type == IFA_BROADCAST)
			keep(attr, a.broadcast, &a.broadcast_len);
		else if (attr->rta_type == IFA_FLAGS && RTA_PAYLOAD(attr) == sizeof(flags))
			memcpy(&flags, RTA_DATA(attr), sizeof(flags));
	}
	if (body->ifa_index != index || !(flags & IFA_F_PERMANENT) || a.scope >= RT_SCOPE_LINK)
		return 0;
	if (out->n == NETLINK_ADDRESSES)
		return -E2BIG;
	a.flags = (uint8_t)(flags & IFA_F_NODAD);
	out->list[out->n++] = a;
	return 0;
}

int netlink_read_addresses(int socket, uint32_t index, struct netlink_addresses *out)
{
	_Alignas(struct nlmsghdr) char buffer[32768];
	struct ifaddrmsg body = { .ifa_index = index };
	struct request request;

	out->n = 0;
	begin(&request, RTM_GETADDR, NLM_F_DUMP, &body, sizeof(body));
	int r = send_request(socket, &request);

	while (r == 0) {
		ssize_t n = recv(socket, buffer, sizeof(buffer), 0);
		struct nlmsghdr *header = (struct nlmsghdr *)(void *)buffer;

		if (n < 0)
			return -errno;
		for (; r == 0 && NLMSG_OK(header, (unsigned)n); header = NLMSG_NEXT(header, n)) {
			if (header->nlmsg_type == NLMSG_DONE)
				return 0;
			if (header->nlmsg_type == NLMSG_ERROR)
				return ((const struct nlmsgerr *)NLMSG_DATA(header))->error;
			if (header->nlmsg_type == RTM_NEWADDR)
				r = read_address(header, index, out);
		}
	}
	return r;
}

int netlink_add_address(int socket, uint32_t index, const struct netlink_address *address)
{
	struct ifaddrmsg body = { .ifa_family = address->family,
				  .ifa_prefixlen = address->prefix,
				  .ifa_flags = address->flags,
				  .ifa_scope = address->scope,
				  .ifa_index = index };
	struct request request;

	begin(&request, RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &body, sizeof(body));
	if (address->local_len)
		attribute(&request, IFA_LOCAL, address->local, address->local_len);
	if (address->peer_len)
		attribute(&request, IFA_ADDRESS, address->peer, address->peer_len);
	if (address->broadcast_len)
		attribute(&request, IFA_BROADCAST, address->broadcast, address->broadcast_len);
	return ask(socket, &request);
}
