/* SPDX-License-Identifier: Apache-2.0 */
/* admission.c - two lanes and a bucket of tokens. */
#include "task/admission.h"

#include "base/clock.h"

#include <stddef.h>

static struct lane *lane_of(struct admission *admission, const struct admission_ticket *ticket)
{
	return ticket->boot ? &admission->boot : &admission->restarts;
}

/* A token is a second divided by the rate: the bucket holds time. */
static int64_t price(const struct admission *admission)
{
	return (int64_t)NS_PER_S / admission->limits.rate;
}

void admission_init(struct admission *admission, const struct admission_limits *limits,
		    uint64_t now)
{
	*admission = (struct admission){ .limits = *limits, .filled = now };
	if (limits->rate > 0)
		admission->tokens_ns = limits->burst * price(admission);
}

static void fill(struct admission *admission, uint64_t now)
{
	int64_t most = admission->limits.burst * price(admission);
	uint64_t passed = now > admission->filled ? now - admission->filled : 0;

	admission->filled = now;
	if (passed >= (uint64_t)(most - admission->tokens_ns))
		admission->tokens_ns = most;
	else
		admission->tokens_ns += (int64_t)passed;
}

/* Now, or when. */
static uint64_t take_token(struct admission *admission, uint64_t now)
{
	if (admission->limits.rate <= 0)
		return now;
	fill(admission, now);
	if (admission->tokens_ns < price(admission))
		return now + (uint64_t)(price(admission) - admission->tokens_ns);
	admission->tokens_ns -= price(admission);
	return now;
}

void admission_join(struct admission *admission, struct admission_ticket *ticket, bool boot,
		    uint64_t now)
{
	admission_leave(admission, ticket);
	ticket->boot = boot;
	ticket->next = NULL;
	ticket->waiting = true;
	ticket->since = now;
	struct lane *lane = lane_of(admission, ticket);

	if (lane->last)
		lane->last->next = ticket;
	else
		lane->first = ticket;
	lane->last = ticket;
}

static void unqueue(struct lane *lane, struct admission_ticket *ticket)
{
	struct admission_ticket *before = NULL;

	for (struct admission_ticket *at = lane->first; at != ticket; at = at->next)
		before = at;
	if (before)
		before->next = ticket->next;
	else
		lane->first = ticket->next;
	if (lane->last == ticket)
		lane->last = before;
	ticket->waiting = false;
}

void admission_leave(struct admission *admission, struct admission_ticket *ticket)
{
	struct lane *lane = lane_of(admission, ticket);

	if (ticket->waiting)
		unqueue(lane, ticket);
	if (ticket->inside)
		lane->used--;
	ticket->inside = false;
}

static void let_in(struct lane *lane)
{
	struct admission_ticket *ticket = lane->first;

	unqueue(lane, ticket);
	ticket->inside = true;
	lane->used++;
	ticket->go(ticket->arg);
}

uint64_t admission_pump(struct admission *admission, uint64_t now)
{
	while (admission->boot.first && admission->boot.used < admission->limits.boot_places)
		let_in(&admission->boot);
	while (admission->restarts.first && admission->restarts.used < admission->limits.places) {
		uint64_t when = take_token(admission, now);

		if (when > now)
			return when;
		let_in(&admission->restarts);
	}
	return UINT64_MAX;
}
