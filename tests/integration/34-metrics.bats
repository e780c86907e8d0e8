#!/usr/bin/env bats
# Counters and OOM kills as containerd's users see them, beside what runc's shim tells of the same container.
bats_require_minimum_version 1.5.0
load lib
load lib/ctr

setup_file() { ctr_world metrics; }
teardown_file() { ctr_world_end; }

end() { ctr task kill -s 9 "$1"; rm_task "$1" > /dev/null; }
# with RUNTIME ID FLAGS... -- ARGS...
with() { local runtime=$1; shift; ctr_run "$1" -d --runtime "io.containerd.$runtime.v2" "${@:2}"; }
# Every member of a JSON document that is a number, as a path, one a line.
paths() { jq -r 'paths(type == "number") | map(tostring) | join(".")'; }
value_of() { awk -v name="$1" '$1 == name { print $2 }' "$W/$2.text"; }
shim_of() { awk '{ print $4 }' "/proc/$(task_pid "$1")/stat"; }
run_both() { with runc m-runc "$@"; with cleat m-cleat "$@"; }

@test "ctr task metrics prints what it prints with runc" {
	run_both --memory-limit 50000000 -- /bin/sh -c 'dd if=/dev/zero of=/tmp/page bs=1M count=3 2> /dev/null; i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; exec sleep 1000'
	[[ $(tr '\0' ' ' < "/proc/$(shim_of m-runc)/cmdline") == *containerd-shim-runc-v2* ]]
	[[ $(tr '\0' ' ' < "/proc/$(shim_of m-cleat)/cmdline") == *containerd-shim-cleat-v2* ]]
	for id in m-runc m-cleat; do
		until_true 10 sh -c "tr '\\0' ' ' < /proc/$(task_pid $id)/cmdline | grep -q sleep"
		ctr task metrics "$id" > "$W/$id.text"
		ctr task metrics --format json "$id" > "$W/$id.json"
	done
	diff <(sed '/^m-/d' "$W/m-runc.text" | awk '{ print $1 }') <(sed '/^m-/d' "$W/m-cleat.text" | awk '{ print $1 }')
	for line in memory.limit_in_bytes memory.max pids.limit; do
		[ "$(value_of $line m-runc)" = "$(value_of $line m-cleat)" ]
	done
	# a member is absent where it is 0, so what differs must be a counter that may be
	diff <(paths < "$W/m-runc.json") <(paths < "$W/m-cleat.json") > "$W/paths.diff" || :
	not grep -vE '^([0-9,acd]+|[<>] .*(failcnt|throttl|cache|dirty|writeback|mapped_file|_file|_anon|maj_?fault|rss_huge|unevictable|kernel|user|per_cpu|io_|swap|usec|pg|slab|sock|shmem|thp|workingset|oom).*|---)$' "$W/paths.diff"
	for id in m-runc m-cleat; do
		jq -e '.pids.current >= 1 and (.memory.usage | (if type == "object" then .usage else . end) > 100000)' "$W/$id.json"
	done
	for id in m-runc m-cleat; do end $id; done
}

@test "limits that nobody set look as with runc" {
	run_both -- /bin/sleep 1000
	for id in m-runc m-cleat; do
		ctr task metrics --format json "$id" | jq -S '{pids: .pids.limit, memory: (.memory.usage | if type == "object" then .limit else null end),
			usage: .memory.usage_limit, hierarchy: .memory.hierarchical_memory_limit, memsw: .memory.hierarchical_swap_limit, swap: (.memory.swap | if . then .limit else null end),
			kernel: (.memory.kernel | if type == "object" then .limit else null end), tcp: (.memory.kernel_tcp | if . then .limit else null end)}' > "$W/$id.limits"
	done
	diff "$W/m-runc.limits" "$W/m-cleat.limits"
	for id in m-runc m-cleat; do end $id; done
}

@test "an OOM kill of the program is told before its exit, and its cause is on record" {
	events_begin
	ctr_run hungry -d --memory-limit 20000000 -- /bin/sh -c 'while [ ! -e /tmp/go ]; do sleep 0.05; done; exec tail /dev/zero'
	bundle=$W/ctd-state/io.containerd.runtime.v2.task/default/hungry
	touch "$W/rootfs/tmp/go"
	until_true 20 stopped hungry
	rm "$W/rootfs/tmp/go"
	jq -e '.oom and .oom_kills >= 1 and .signal == 9 and (.ours | not)' "$bundle/exit.json"
	ctr task metrics --format json hungry | jq -e '[.. | .oom_kill? // empty] | add >= 1'
	run ctr task rm hungry
	says 'exit code 137'
	ctr container rm hungry
	until_true 5 has_event hungry /tasks/delete
	events_end
	[ "$(events_of hungry | tr '\n' ' ')" = "/tasks/create /tasks/start /tasks/oom /tasks/exit /tasks/delete " ]
}

@test "an OOM kill beside the program: the container lives on, and each kill that is seen is told" {
	events_begin
	ctr_run shared -d --memory-limit 20000000 -- /bin/sleep 1000
	for i in 1 2; do
		run ctr task exec --exec-id "eats$i" shared /bin/sh -c 'tail /dev/zero; echo "status $?"'
		says 'status 137'
		until_true 10 sh -c "[ \$(grep -c '/tasks/oom' '$W/events') -ge $i ]"
	done
	task_is shared RUNNING
	end shared
	events_end
}
