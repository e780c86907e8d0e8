#!/usr/bin/env bats
# Restart policies: the five decide; full supervision is a later story.
load lib

setup_file() {
	world_make restart
	busybox_image bb:1
}
teardown_file() { world_end; }

count() { cleat inspect "$1" | jq '.[0].RestartCount'; }
state() { cleat inspect "$1" | jq -r '.[0].State.Status'; }

@test "on-failure:3 tries three times and gives up" {
	cleat run -d --name f --restart on-failure:3 bb:1 sh -c 'echo x >> /runs; exit 2'
	until_true 20 sh -c '[ "$(cleat inspect f | jq -r "[.[0].State.Status, .[0].RestartCount] | join(\" \")")" = "exited 3" ]'
	[ "$(cleat inspect f | jq '.[0].State.ExitCode')" = 2 ]
	cleat rm f
}

@test "on-failure leaves success alone" {
	cleat run -d --name ok --restart on-failure bb:1 true
	[ "$(cleat wait ok)" = 0 ]
	[ "$(count ok)" = 0 ]
	cleat rm ok
}

@test "always comes back after success, failure and kill -9 of its process; stop ends it" {
	cleat run -d --name a --restart always bb:1 sleep 1000
	for round in 1 2; do
		pid=$(cleat inspect a | jq '.[0].State.Pid')
		kill -9 "$pid"
		until_true 10 sh -c '[ "$(cleat inspect a | jq ".[0].RestartCount")" -ge '$round' ] && [ "$(cleat inspect a | jq -r ".[0].State.Status")" = running ]'
	done
	cleat stop -t 1 a
	[ "$(state a)" = exited ]
	before=$(count a)
	pid=$(daemon_pid) && end_process "$pid"
	# always comes back when the daemon starts, even after a stop: docker's rule
	until_true 10 sh -c '[ "$(cleat inspect a | jq -r ".[0].State.Status")" = running ]'
	cleat rm -f a
}

@test "unless-stopped remembers a stop across a daemon's restart" {
	cleat run -d --name u --restart unless-stopped bb:1 sleep 1000
	pid=$(cleat inspect u | jq '.[0].State.Pid')
	kill -9 "$pid"
	until_true 10 sh -c '[ "$(cleat inspect u | jq ".[0].RestartCount")" = 1 ] && [ "$(cleat inspect u | jq -r ".[0].State.Status")" = running ]'
	cleat stop -t 1 u
	pid=$(daemon_pid) && end_process "$pid"
	cleat ps > /dev/null
	[ "$(state u)" = exited ]
	cleat rm u
}

@test "stop during the wait for a restart cancels it" {
	cleat run -d --name c --restart always bb:1 sh -c 'exit 1'
	until_true 20 sh -c '[ "$(cleat inspect c | jq -r ".[0].State.Status")" = restarting ]'
	cleat stop c
	[ "$(state c)" = exited ]
	cleat rm c
}

@test "no client runs, the daemon is dead, the program is killed: the container is back" {
	cleat run -d --name back --restart always bb:1 sleep 1000
	init=$(cleat inspect back | jq '.[0].State.Pid')
	pid=$(daemon_pid)
	kill -9 "$pid"
	until_true 5 gone "$pid"
	kill -9 "$init"
	until_true 20 daemon_pid
	until_true 10 sh -c '[ "$(cleat inspect back | jq -r ".[0].State.Status")" = running ]'
	[ "$(cleat inspect back | jq '.[0].State.Pid')" != "$init" ]
	cleat rm -f back
}
