#!/usr/bin/env bats
# create, start, stop, restart, kill, exec, wait, rm, ps, inspect: docker's verbs with docker's meaning.
load lib

setup_file() {
	world_make life
	busybox_image bb:1
}
teardown_file() { world_end; }

@test "ps shows what runs, ps -a what ran, -q ids" {
	id=$(cleat run -d --name one bb:1 sleep 1000)
	cleat run --name two bb:1 true
	run cleat ps
	says 'CONTAINER ID'
	says one
	says "${id:0:12}"
	says 'Up '
	says_not two
	run cleat ps -a
	says two
	says 'Exited (0)'
	[ "$(cleat ps -q)" = "${id:0:12}" ]
	[ "$(cleat ps -aq --no-trunc | wc -l)" = 2 ]
	cleat ps -a --json | jq -es 'length == 2 and (map(.Names) | sort == ["one","two"])'
	cleat rm -f one two
}

@test "create, start, wait, start again: the writable layer stays" {
	id=$(cleat create --name again bb:1 sh -c 'echo run >> /count; wc -l < /count > /n; exit 3')
	run cleat inspect again
	[ "$(jq -r '.[0].State.Status' <<< "$output")" = created ]
	cleat start again
	[ "$(cleat wait again)" = 3 ]
	cleat start again
	[ "$(cleat wait again)" = 3 ]
	run cleat inspect again
	[ "$(jq -r '.[0].State.ExitCode' <<< "$output")" = 3 ]
	[ "$(jq -r '.[0].State.Status' <<< "$output")" = exited ]
	[ "$(jq -r '.[0].Id' <<< "$output")" = "$id" ]
	cleat rm again
	run cleat inspect again
	status_is 1
	says 'no such container'
}

@test "exec: a second process in the same namespaces, with its own status" {
	cleat run -d --name ex --hostname exhost bb:1 sleep 1000
	run cleat exec ex hostname
	[ "$output" = exhost ]
	run cleat exec ex sh -c 'exit 9'
	status_is 9
	run cleat exec -e X=y -w /tmp -u 1000 ex sh -c 'echo $X; pwd; id -u'
	[ "${lines[0]}" = y ]
	[ "${lines[1]}" = /tmp ]
	[ "${lines[2]}" = 1000 ]
	out=$(echo through | cleat exec -i ex cat)
	[ "$out" = through ]
	run cleat exec ex readlink /proc/self/ns/pid
	[ "$output" = "$(cleat exec ex readlink /proc/1/ns/pid)" ]
	run cleat exec ex nonexistent
	status_is 127
	says nonexistent
	run cleat exec ex /etc/passwd
	status_is 126
	pid=$(cleat inspect ex | jq '.[0].State.Pid')
	if [ -d /sys/fs/cgroup/memory ]; then
		cleat exec ex cat /proc/self/cgroup | grep -q memory:
	fi
	[ "$pid" -gt 1 ]
	cleat rm -f ex
	run cleat exec ex true
	status_is 1
	says ex
}

@test "stop: the stop signal, then SIGKILL after the time-out" {
	cleat run -d --name polite bb:1 sh -c 'trap "exit 5" TERM; while :; do sleep 0.1; done'
	SECONDS=0
	run cleat stop -t 20 polite
	[ "$output" = polite ]
	[ $SECONDS -lt 10 ]
	[ "$(cleat inspect polite | jq '.[0].State.ExitCode')" = 5 ]
	run cleat stop polite
	status_is 0
	cleat run -d --name stubborn bb:1 sh -c 'trap "" TERM; while :; do sleep 0.1; done'
	SECONDS=0
	cleat stop -t 1 stubborn
	[ $SECONDS -lt 8 ]
	[ "$(cleat inspect stubborn | jq '.[0].State.ExitCode')" = 137 ]
	cleat rm polite stubborn
}

@test "a time-out of more than a life is none" {
	# as nanoseconds it would be a third of a second
	cleat run -d --name patient bb:1 sh -c 'trap "sleep 1; exit 7" TERM; while :; do sleep 0.1; done'
	cleat stop -t 18446744074 patient
	[ "$(cleat inspect patient | jq '.[0].State.ExitCode')" = 7 ]
	cleat rm patient
	run cleat create --stop-timeout 18446744074 bb:1 true
	[ "$status" = 125 ]
	says "invalid stop timeout: 18446744074 s are more than 2147483647"
	[ -z "$(cleat ps -aq)" ]
}

@test "kill sends the named signal; not running is an error" {
	cleat run -d --name k bb:1 sh -c 'trap "echo hup > /got" HUP; : > /ready; while :; do sleep 0.1; done'
	until_true 5 cleat exec k test -e /ready # before the trap, pid 1 would not hear it
	cleat kill -s HUP k
	until_true 5 cleat exec k test -e /got
	cleat kill k
	[ "$(cleat wait k)" = 137 ]
	run cleat kill k
	status_is 1
	says 'is not running'
	run cleat kill -s FOO k
	[ "$status" -ne 0 ]
	says FOO
	cleat rm k
}

@test "restart: same id and layer, another pid" {
	id=$(cleat run -d --name r bb:1 sh -c 'touch /stays; sleep 1000')
	until_true 5 cleat exec r test -e /stays
	before=$(cleat inspect r | jq '.[0].State.Pid')
	cleat restart -t 0 r
	after=$(cleat inspect r | jq '.[0].State.Pid')
	[ "$before" != "$after" ]
	[ "$(cleat inspect r | jq -r '.[0].Id')" = "$id" ]
	cleat exec r test -e /stays
	cleat rm -f r
}

@test "restart keeps a --rm container, its next end removes it" {
	id=$(cleat run -d --rm --name keeps bb:1 sleep 1000)
	cleat restart -t 0 keeps
	[ "$(cleat inspect keeps | jq -r '.[0].Id')" = "$id" ]
	[ "$(cleat exec keeps echo here)" = here ]
	cleat stop -t 0 keeps
	until_true 10 sh -c '[ -z "$(cleat ps -aq)" ]'
}

@test "rm: refuses a running container, -f does not; several at once; unknown ones are named" {
	cleat run -d --name busy bb:1 sleep 1000
	run cleat rm busy
	status_is 1
	says busy
	cleat create --name idle bb:1 true
	run cleat rm idle nothere
	status_is 1
	says idle
	says nothere
	run cleat rm -f busy
	status_is 0
	[ "$output" = busy ]
}

@test "ids work by unique prefix, names are unique" {
	id=$(cleat create --name uniq bb:1 true)
	[ "$(cleat inspect "${id:0:10}" | jq -r '.[0].Id')" = "$id" ]
	run cleat create --name uniq bb:1 true
	status_is 125
	says uniq
	says 'in use'
	cleat rename uniq other
	[ "$(cleat inspect other | jq -r '.[0].Id')" = "$id" ]
	cleat rm "${id:0:12}"
}

@test "wait reports an exit that happened before, during, and of several" {
	cleat run -d --name w1 bb:1 sh -c 'exit 4'
	cleat run -d --name w2 bb:1 sh -c 'sleep 0.3; exit 6'
	run cleat wait w1 w2
	[ "${lines[0]}" = 4 ]
	[ "${lines[1]}" = 6 ]
	cleat rm w1 w2
}

@test "pause freezes, unpause thaws" {
	cleat run -d --name p bb:1 sh -c 'while :; do echo x >> /ticks; sleep 0.02; done'
	until_true 5 cleat exec p test -s /ticks
	cleat pause p
	[ "$(cleat inspect p | jq -r '.[0].State.Status')" = paused ]
	run cleat exec p true
	[ "$status" -ne 0 ]
	cleat unpause p
	[ "$(cleat inspect p | jq -r '.[0].State.Status')" = running ]
	cleat rm -f p
}

@test "--rm leaves nothing, attached and detached" {
	cleat run --rm --name gone1 bb:1 true
	cleat run -d --rm --name gone2 bb:1 true
	until_true 10 sh -c '[ -z "$(cleat ps -aq)" ]'
	until_true 5 sh -c '[ -z "$(ls '"$W"'/state/default 2>/dev/null)" ]'
}
