/* SPDX-License-Identifier: Apache-2.0 */
/*
 * seccomp_shorten.c - fewer instructions that say the same.
 *
 * libseccomp compares the number of the call with one allowed number after the other. The kernel translates a
 * program twice when it is loaded, which takes longer than anything else in a run with a filter, and time in
 * proportion to its length. Neighbouring comparisons that lead to the same place are one question, in whatever
 * order: here three or more numbers in a row become a range. Docker's profile shrinks to a third.
 *
 * Nothing else is touched, and a program that is not understood to the last jump stays as it is.
 */
#include <stdbool.h>
#include <stdlib.h>

#include <cleat/cleanup.h>

#include "seccomp_filter.h"

enum { IS_EQUAL = BPF_JMP | BPF_JEQ | BPF_K, FARTHEST = 255, NOWHERE = -1 };

/* An instruction that goes somewhere, told by the old program's numbers until all are known. */
struct made {
	struct sock_filter what;
	int on_true, on_false; /* NOWHERE: what.jt and what.jf are as they stay */
};

struct work {
	const struct sock_filter *old;
	size_t n;
	bool *entered;      /* somebody jumps there */
	size_t *moved;      /* old number -> new one */
	uint32_t *constant; /* of the run in hand */
	struct made *made;
	size_t nmade;
};

static bool is_jump(const struct sock_filter *f)
{
	return BPF_CLASS(f->code) == BPF_JMP;
}

static bool is_always(const struct sock_filter *f)
{
	return f->code == (BPF_JMP | BPF_JA);
}

static size_t target(size_t i, uint32_t distance)
{
	return i + 1 + (size_t)distance;
}

/* False: a jump leads out of the program. */
static bool find_entered(struct work *w)
{
	for (size_t i = 0; i < w->n; i++) {
		const struct sock_filter *f = &w->old[i];

		if (!is_jump(f))
			continue;
		size_t first = target(i, is_always(f) ? f->k : f->jt);
		size_t second = target(i, is_always(f) ? f->k : f->jf);

		if (first >= w->n || second >= w->n)
			return false;
		/* To fall through to the next one enters nothing: it is what a run does. */
		w->entered[first] |= first != i + 1;
		w->entered[second] |= second != i + 1;
	}
	return true;
}

static bool is_member(const struct work *w, size_t i, size_t goal)
{
	const struct sock_filter *f = &w->old[i];

	return f->code == IS_EQUAL && f->jf == 0 && target(i, f->jt) == goal;
}

/* How many comparisons from @i on lead to the same place, and else to the next one. */
static size_t run_length(const struct work *w, size_t i)
{
	size_t goal = target(i, w->old[i].jt);
	size_t end = i;

	if (w->old[i].jt == 0)
		return 0;
	while (end < w->n && (end == i || !w->entered[end]) && is_member(w, end, goal))
		end++;
	return end - i;
}

static void add(struct work *w, uint16_t code, uint32_t k, int on_true, int on_false)
{
	w->made[w->nmade++] = (struct made){ { .code = code, .k = k }, on_true, on_false };
}

static int by_value(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a;
	uint32_t y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* From @low to @high: two instructions; one each where there are not more. */
static void add_range(struct work *w, uint32_t low, uint32_t high, int goal)
{
	if (high - low < 2) {
		add(w, IS_EQUAL, low, goal, NOWHERE);
		if (high != low)
			add(w, IS_EQUAL, high, goal, NOWHERE);
		return;
	}
	add(w, BPF_JMP | BPF_JGE | BPF_K, low, NOWHERE, NOWHERE);
	w->made[w->nmade - 1].what.jf = 1; /* over the next one */
	add(w, BPF_JMP | BPF_JGT | BPF_K, high, NOWHERE, goal);
}

static void add_run(struct work *w, size_t i, size_t length)
{
	int goal = (int)target(i, w->old[i].jt);

	for (size_t j = 0; j < length; j++)
		w->constant[j] = w->old[i + j].k;
	qsort(w->constant, length, sizeof(*w->constant), by_value);
	for (size_t j = 0; j < length;) {
		uint32_t low = w->constant[j];
		uint32_t high = low;

		for (j++; j < length && w->constant[j] - high <= 1; j++)
			high = w->constant[j];
		add_range(w, low, high, goal);
	}
}

static void add_same(struct work *w, size_t i)
{
	const struct sock_filter *f = &w->old[i];

	add(w, f->code, f->k, NOWHERE, NOWHERE);
	if (!is_jump(f))
		w->made[w->nmade - 1].what = *f;
	else if (is_always(f))
		w->made[w->nmade - 1].on_true = (int)target(i, f->k);
	else
		w->made[w->nmade - 1] =
			(struct made){ *f, (int)target(i, f->jt), (int)target(i, f->jf) };
}

static void rewrite(struct work *w)
{
	for (size_t i = 0; i < w->n;) {
		size_t length = run_length(w, i);

		w->moved[i] = w->nmade;
		if (length > 1) {
			add_run(w, i, length);
			i += length;
		} else {
			add_same(w, i++);
		}
	}
}

/* Where to, from the new instruction @at. False: it is too far, or lies behind. */
static bool distance(const struct work *w, size_t at, int goal, size_t most, uint32_t *out)
{
	size_t to = w->moved[goal];

	if (to <= at || to - at - 1 > most)
		return false;
	*out = (uint32_t)(to - at - 1);
	return true;
}

static bool settle(struct work *w)
{
	for (size_t i = 0; i < w->nmade; i++) {
		struct made *m = &w->made[i];
		uint32_t far = 0;

		if (is_always(&m->what) && !distance(w, i, m->on_true, BPF_MAXINSNS, &m->what.k))
			return false;
		if (is_always(&m->what))
			continue;
		if (m->on_true != NOWHERE && !distance(w, i, m->on_true, FARTHEST, &far))
			return false;
		if (m->on_true != NOWHERE)
			m->what.jt = (uint8_t)far;
		if (m->on_false != NOWHERE && !distance(w, i, m->on_false, FARTHEST, &far))
			return false;
		if (m->on_false != NOWHERE)
			m->what.jf = (uint8_t)far;
	}
	return true;
}

void seccomp_shorten(struct seccomp_program *program)
{
	size_t n = program->n;
	_cleanup_free_ bool *entered = calloc(n + 1, sizeof(*entered));
	_cleanup_free_ size_t *moved = calloc(n + 1, sizeof(*moved));
	_cleanup_free_ uint32_t *constant = calloc(n + 1, sizeof(*constant));
	_cleanup_free_ struct made *made = calloc(n + 1, sizeof(*made));
	struct work w = { program->list, n, entered, moved, constant, made, 0 };

	if (!entered || !moved || !constant || !made || n > INT32_MAX || !find_entered(&w))
		return;
	rewrite(&w);
	if (!settle(&w))
		return;
	for (size_t i = 0; i < w.nmade; i++)
		program->list[i] = made[i].what;
	program->n = w.nmade;
}
