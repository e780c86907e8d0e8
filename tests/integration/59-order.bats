#!/usr/bin/env bats
# --after and --requires: who is started when, and what if not.
load lib

setup_file() {
	world_make order
	# an unspread start, so that the order is what it is because of --after
	{ world_ini; printf '[restart/standard]\n'; } > "$W/cleat.ini"
	busybox_image bb:1
}
teardown_file() { world_end; }

state() { cleat inspect "$1" | jq -r '.[0].State.Status'; }
is() { [ "$(state "$1")" = "$2" ]; }
started_at() { cleat inspect "$1" | jq -r '.[0].State.StartedAt'; }
later() { [[ $(started_at "$2") > $(started_at "$1") ]]; }

@test "start waits for the health of what it comes after, and for nothing that will not start" {
	cleat run -d --name db --health-cmd 'test -e /up' --health-interval 100ms bb:1 sleep 1000
	cleat create --name app --after db:healthy bb:1 sleep 1000
	cleat start app > "$W/app" 3>&- & pid=$!
	waits() { [ "$(cleat inspect db | jq '.[0].State.Health.Log | length')" -ge 2 ]; }
	until_true 10 waits
	is app created
	cleat exec db touch /up
	wait $pid
	is app running
	later db app
	[ "$(cleat inspect app | jq -c '.[0].HostConfig.After')" = '["db:healthy"]' ]
	cleat rm -f app db
	cleat create --name idle bb:1 true
	cleat run -d --name free --after idle bb:1 sleep 1000
	is free running
	is idle created
	cleat rm -f free idle
}

@test "requires starts what it needs, all the way down" {
	cleat create --name base bb:1 sleep 1000
	cleat create --name middle --requires base bb:1 sleep 1000
	cleat create --name top --requires middle:started bb:1 sleep 1000
	cleat start top
	is base running
	is middle running
	is top running
	later base middle
	later middle top
	cleat rm -f top middle base
}

@test "a restart by hand brings what it requires, or leaves it running" {
	cleat run -d --name base bb:1 sleep 1000
	cleat run -d --name top --requires base bb:1 sleep 1000
	cleat stop -t 0 base
	cleat restart -t 0 top
	is base running
	is top running
	later base top
	pid=$(cleat inspect top | jq '.[0].State.Pid')
	cleat rm -f base
	run cleat restart -t 0 top
	[ "$status" -ne 0 ]
	one_line
	says "container top requires base, which does not exist"
	[ "$(cleat inspect top | jq '.[0].State.Pid')" = "$pid" ]
	cleat rm -f top
}

@test "requires fails in one sentence when it cannot be had" {
	cleat create --name broken bb:1 /no/such/program
	cleat create --name needs --requires broken bb:1 sleep 1000
	run cleat start needs
	[ "$status" -ne 0 ]
	one_line
	says "container needs requires broken, which does not run"
	is needs created
	cleat rm broken
	run cleat start needs
	[ "$status" -ne 0 ]
	says "container needs requires broken, which does not exist"
	cleat rm needs
	cleat run -d --name ill --health-cmd false --health-interval 100ms --health-retries 1 bb:1 sleep 1000
	run cleat run --name wants --requires ill:healthy bb:1 true
	[ "$status" -eq 125 ]
	says "container wants requires ill to be healthy, and it is not"
	cleat rm -f ill wants
}

@test "what would wait for itself is refused, and so is what is not there" {
	cleat create --name b bb:1 true
	cleat create --name a --after b bb:1 true
	cleat rm b
	run cleat create --name b --requires a bb:1 true
	[ "$status" -eq 125 ]
	says "it would wait for itself: b after a after b"
	run cleat create --name self --after self bb:1 true
	says "it would wait for itself: self after self"
	run cleat create --after nosuch bb:1 true
	[ "$status" -eq 125 ]
	says "No such container: nosuch"
	run cleat create --after a:healthy bb:1 true
	says "container a has no health check"
	run cleat create --after a:tomorrow bb:1 true
	says "it is NAME, NAME:started or NAME:healthy"
	cleat rm a
	[ -z "$(cleat ps -aq)" ]
}

@test "a rename closes no circle, and a ladder of many ways is walked once" {
	cleat create --name c1 bb:1 true
	cleat create --name c2 --requires c1 bb:1 true
	cleat rm c1
	cleat create --name c3 --requires c2 bb:1 true
	run cleat rename c3 c1
	[ "$status" -ne 0 ]
	one_line
	says "cannot rename container c3: it would wait for itself: c1 after c2 after c1"
	is c3 created
	run cleat start c2
	says "container c2 requires c1, which does not exist"
	cleat rm c2 c3
	cleat create --name l0 bb:1 sleep 1000
	cleat create --name r0 bb:1 sleep 1000
	for ((i = 1; i <= 20; i++)); do
		cleat create --name "l$i" --after "l$((i - 1))" --after "r$((i - 1))" bb:1 sleep 1000
		cleat create --name "r$i" --after "l$((i - 1))" --after "r$((i - 1))" bb:1 sleep 1000
	done
	timeout 10 cleat start l20
	is l20 running
	# shellcheck disable=SC2046
	cleat rm -f $(cleat ps -aq)
}

@test "a stop or a removal ends a start that waits for others" {
	cleat run -d --name db --health-cmd false --health-start-period 1h --health-start-interval 100ms bb:1 sleep 1000
	cleat create --name app --requires db:healthy bb:1 sleep 1000
	last() { cleat inspect db | jq -r '.[0].State.Health.Log[-1].End'; }
	# Three more checks than there were: a start that was asked for before has come to wait.
	begin() {
		cleat start app > "$W/app" 2>&1 3>&- & pid=$!
		for _ in 1 2 3; do
			before=$(last)
			newer() { [ "$(last)" != "$before" ]; }
			until_true 10 newer
		done
	}
	for again in 1 2; do
		begin
		cleat stop app
		not wait $pid
		grep -q "container app was stopped while its start waited for others" "$W/app"
	done
	is app created
	begin
	cleat rm app
	not wait $pid
	grep -q "No such container: app" "$W/app"
	cleat rm -f db
}

@test "with the daemon: first the one, and when it is healthy the other" {
	cleat run -d --name first --restart always --health-cmd 'test -e /up' --health-interval 100ms bb:1 sh -c 'rm -f /up; sleep 1; touch /up; sleep 1000'
	until_true 20 sh -c 'cleat ps | grep -q "(healthy)"'
	cleat run -d --name second --restart always --after first:healthy bb:1 sleep 1000
	cleat run -d --name third --restart always --requires second bb:1 sleep 1000
	daemon=$(daemon_pid)
	for name in first second third; do pids="$pids $(cleat inspect $name | jq '.[0].State.Pid')"; done
	kill -STOP "$daemon"
	# shellcheck disable=SC2086
	kill -9 $pids
	kill -9 "$daemon"
	until_true 10 gone "$daemon"
	up() { is first running && is second running && is third running; }
	until_true 60 up
	later first second
	later second third
	first=$(cleat events --since 1h --until 0s --json -f container=first -f event=health_status | jq .timeNano | tail -1)
	second=$(cleat events --since 1h --until 0s --json -f container=second -f event=start | jq .timeNano | tail -1)
	[ "$second" -gt "$first" ]
	cleat rm -f first second third
}

@test "who comes back after another one waits also when both have just ended" {
	cleat run -d --name slow --restart always --restart-opt delay-initial=2s bb:1 sleep 1000
	cleat run -d --name quick --restart always --after slow bb:1 sleep 1000
	kill -9 "$(cleat inspect slow | jq '.[0].State.Pid')"
	until_true 10 is slow restarting
	kill -9 "$(cleat inspect quick | jq '.[0].State.Pid')"
	back() { cleat inspect slow quick | jq -e 'all(.State.Status == "running" and .RestartCount == 1)' > /dev/null; }
	until_true 20 back
	later slow quick
	cleat rm -f slow quick
}

@test "a client that gives up waiting takes its start with it" {
	cleat run -d --name never --health-cmd false --health-start-period 1h --health-start-interval 100ms bb:1 sleep 1000
	cleat create --name patient --requires never:healthy bb:1 sleep 1000
	cleat start patient 3>&- & pid=$!
	looked() { [ "$(cleat inspect never | jq '.[0].State.Health.Log | length')" -ge 2 ]; }
	until_true 10 looked
	kill $pid
	wait $pid || :
	cleat rm -f never patient
	not is patient running
	[ -z "$(cleat ps -aq)" ]
}
