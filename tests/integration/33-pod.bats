#!/usr/bin/env bats
# A pod's containers share one shim, as containerd's CRI plugin has it: found by annotation, left last.
bats_require_minimum_version 1.5.0
load lib
load lib/ctr

setup_file() { ctr_world pod; }
teardown_file() { ctr_world_end; }

KEY=io.kubernetes.cri.sandbox-id
shim_of() { awk '{ print $4 }' "/proc/$(task_pid "$1")/stat"; }
# in_pod POD ID FLAGS... -- ARGS...: a container in the background that belongs to the pod.
in_pod() { local pod=$1 id=$2; shift 2; ctr_run "$id" -d --annotation "$KEY=$pod" "$@"; }
address_of() { cat "$W/ctd-state/io.containerd.runtime.v2.task/default/$1/address"; }
bundle_gone() { [ ! -e "$W/ctd-state/io.containerd.runtime.v2.task/default/$1" ]; }
end() { ctr task kill -s 9 "$1"; rm_task "$1" > /dev/null; until_true 10 bundle_gone "$1"; }

@test "the second container of a pod joins the shim of the first, another pod has its own" {
	in_pod p1 p1 -- /bin/sleep 1000
	in_pod p1 p1-a -- /bin/sleep 1000
	in_pod p1 p1-b -- /bin/sh -c 'echo b; exec sleep 1000'
	in_pod p2 p2 -- /bin/sleep 1000
	ctr_run alone -d -- /bin/sleep 1000
	shim=$(shim_of p1)
	[ "$(shim_of p1-a)" = "$shim" ]
	[ "$(shim_of p1-b)" = "$shim" ]
	[ "$(shim_of p2)" != "$shim" ]
	[ "$(shim_of alone)" != "$shim" ]
	[ "$(address_of p1-a)" = "$(address_of p1)" ]
	[ "$(address_of p1)" = "unix:///run/containerd/s/$(printf %s "$W/c.sock/default/p1" | sha256sum | cut -d' ' -f1)" ]
	[ "$(shims | wc -l)" = 3 ]
	for id in p1-b p1-a p1 p2 alone; do end "$id"; done
	until_true 10 no_shim
}

@test "each container has a life of its own: exit status, exec, pause, metrics, kill" {
	in_pod own own -- /bin/sleep 1000
	in_pod own own-a -- /bin/sh -c 'while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 21'
	in_pod own own-b -- /bin/sleep 1000
	[ "$(ctr task exec --exec-id same own-b /bin/echo b)" = b ]
	[ "$(ctr task exec --exec-id same own /bin/echo first)" = first ]
	ctr task pause own-b
	task_is own-b PAUSED
	task_is own RUNNING
	ctr task resume own-b
	run ctr task ps own-b
	says "$(task_pid own-b)"
	says_not "$(task_pid own)"
	run ctr task metrics own-b
	status_is 0
	touch "$W/rootfs/tmp/go"
	until_true 10 stopped own-a
	rm "$W/rootfs/tmp/go"
	task_is own RUNNING
	run ctr task rm own-a
	says 'exit code 21'
	ctr container rm own-a
	end own-b
	end own
	until_true 10 no_shim
}

@test "the deletion of one, also of the first, leaves the others alone; the last one takes the shim along" {
	in_pod del del -- /bin/sleep 1000
	in_pod del del-a -- /bin/sleep 1000
	in_pod del del-b -- /bin/sh -c 'while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 5'
	shim=$(shim_of del)
	end del # its bundle, the shim's working directory, goes
	[ "$(shims)" = "$shim" ]
	[ "$(ctr task exec --exec-id x del-a /bin/echo here)" = here ]
	in_pod del del-c -- /bin/sleep 1000
	[ "$(shim_of del-c)" = "$shim" ]
	in_pod del del -- /bin/sleep 1000 # the same id again
	[ "$(shim_of del)" = "$shim" ]
	touch "$W/rootfs/tmp/go"
	until_true 10 stopped del-b
	rm "$W/rootfs/tmp/go"
	run ctr task rm del-b
	says 'exit code 5'
	ctr container rm del-b
	for id in del del-a; do end "$id"; done
	[ "$(shims)" = "$shim" ]
	socket=$(address_of del-c)
	end del-c
	until_true 10 no_shim
	[ ! -e "${socket#unix://}" ]
}

@test "a pod shares its first container's network, ipc and pid namespaces" {
	in_pod ns ns -- /bin/sleep 1000
	first=$(task_pid ns)
	in_pod ns ns-a --with-ns "network:/proc/$first/ns/net" --with-ns "ipc:/proc/$first/ns/ipc" \
		--with-ns "pid:/proc/$first/ns/pid" -- /bin/sleep 1000
	for kind in net ipc pid; do
		[ "$(readlink "/proc/$(task_pid ns-a)/ns/$kind")" = "$(readlink "/proc/$first/ns/$kind")" ]
	done
	[ "$(shim_of ns-a)" = "$(shim_of ns)" ]
	ctr task kill -s 9 ns # the end of the pid namespace is the end of all
	until_true 10 stopped ns-a
	until_true 10 stopped ns
	for id in ns ns-a; do rm_task "$id"; done
	nothing_left
}

@test "events of a pod's containers keep their order" {
	events_begin
	in_pod ev ev -- /bin/sleep 1000
	for i in 1 2 3; do ctr_run ev-$i --rm --annotation "$KEY=ev" -- /bin/true; done
	end ev
	until_true 5 has_event ev /tasks/delete
	events_end
	for i in ev ev-1 ev-2 ev-3; do
		[ "$(events_of $i | tr '\n' ' ')" = "/tasks/create /tasks/start /tasks/exit /tasks/delete " ]
	done
}

@test "containerd may die and come back: every container of the pod is found again" {
	in_pod back back -- /bin/sleep 1000
	in_pod back back-a -- /bin/sleep 1000
	in_pod back back-b -- /bin/sh -c 'while [ ! -e /tmp/go ]; do sleep 0.05; done; exit 6'
	pid=$(task_pid back-a) b=$(task_pid back-b)
	containerd_kill
	touch "$W/rootfs/tmp/go"
	until_true 10 gone "$b"
	rm "$W/rootfs/tmp/go"
	containerd_start
	until_true 15 stopped back-b
	[ "$(task_pid back-a)" = "$pid" ]
	task_is back RUNNING
	run ctr task rm back-b
	says 'exit code 6'
	ctr container rm back-b
	for id in back back-a; do end "$id"; done
	until_true 10 no_shim
}

@test "kill -9 of a pod's shim: every container of it goes, and nothing is left" {
	events_begin
	in_pod dead dead -- /bin/sleep 1000
	in_pod dead dead-a -- /bin/sleep 1000
	a=$(task_pid dead) b=$(task_pid dead-a)
	kill -9 "$(shim_of dead)"
	until_true 10 has_event dead /tasks/delete
	until_true 10 has_event dead-a /tasks/delete
	events_end
	until_true 10 gone "$a"
	until_true 10 gone "$b"
	nothing_left
	for id in dead dead-a; do ctr container rm "$id"; done
}

@test "the older annotation names a group too, and wins" {
	ctr_run old -d --annotation io.containerd.runc.v2.group=g -- /bin/sleep 1000
	ctr_run old-a -d --annotation io.containerd.runc.v2.group=g --annotation $KEY=other -- /bin/sleep 1000
	[ "$(shim_of old-a)" = "$(shim_of old)" ]
	for id in old old-a; do end "$id"; done
	until_true 10 no_shim
}

@test "starts of one group at the same time end up in one shim" {
	for i in 1 2 3 4 5 6; do ctr_run race-$i -d --annotation $KEY=race -- /bin/sleep 1000 & done
	wait
	[ "$(shims | wc -l)" = 1 ]
	for i in 1 2 3 4 5 6; do task_is race-$i RUNNING; done
	for i in 1 2 3 4 5 6; do end race-$i; done
	until_true 10 no_shim
}
