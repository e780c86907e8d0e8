#!/usr/bin/env bats
# Health checks, run by the shim.
load lib

setup_file() {
	world_make health
	busybox_image bb:1
}
teardown_file() { world_end; }

status_of() { cleat inspect "$1" | jq -r '.[0].State.Health.Status'; }
is() { [ "$(status_of "$1")" = "$2" ]; }
health() { cleat inspect "$1" | jq -r ".[0].State.Health$2"; }
ended() { [ "$(cleat inspect "$1" | jq -r '.[0].State.Status')" = exited ]; }
told() { cleat events --since 1h --until 0s --json -f container="$1" -f event=health_status | jq -r .Action | paste -sd' '; }

told_is() { [ "$(told "$1")" = "$2" ]; }

@test "starting, healthy, unhealthy, healthy: in inspect, in ps, in events" {
	cleat run -d --name h --health-cmd 'echo looked; test ! -e /sick' --health-interval 100ms --health-retries 2 bb:1 sleep 1000
	until_true 10 is h healthy
	run cleat ps
	says "(healthy)"
	[ "$(health h '.Log[-1].Output')" = looked ]
	[ "$(health h '.Log[-1].ExitCode')" = 0 ]
	cleat exec h touch /sick
	until_true 10 is h unhealthy
	run cleat ps -f health=unhealthy
	says "(unhealthy)"
	[ "$(health h .FailingStreak)" -ge 2 ]
	until_true 10 sh -c '[ "$(cleat inspect h | jq ".[0].State.Health.Log | length")" = 5 ]'
	cleat exec h rm /sick
	until_true 10 is h healthy
	# it is written down before the daemon hears of it
	until_true 10 told_is h "health_status: healthy health_status: unhealthy health_status: healthy"
	[ "$(cleat inspect h | jq -c '.[0].Config.Healthcheck.Test')" = '["CMD-SHELL","echo looked; test ! -e /sick"]' ]
	cleat rm -f h
}

@test "until its shim has written anything down it is starting, as docker says" {
	cleat run -d --name new --health-cmd true --health-interval 1h bb:1 sleep 1000
	rm "$(cleat inspect new | jq -r '.[0].Bundle')/health.json" # as in the moment after its start
	[ "$(cleat inspect new | jq -c '.[0].State.Health')" = '{"Status":"starting","FailingStreak":0,"Log":[]}' ]
	cleat stop -t 0 new
	[ "$(status_of new)" = null ]
	cleat rm new
}

@test "a check that takes too long fails, and is ended" {
	cleat run -d --name slow --health-cmd 'echo begun; exec sleep 999' --health-interval 100ms --health-timeout 200ms --health-retries 1 bb:1 sleep 1000
	until_true 10 is slow unhealthy
	[ "$(health slow '.Log[0].ExitCode')" = -1 ]
	[[ $(health slow '.Log[0].Output') == *"exceeded timeout (200ms): begun"* ]]
	# one is running at most
	[ "$(cleat top slow | grep -c 'sleep 999')" -le 1 ]
	cleat rm -f slow
}

@test "what a check that hangs has started ends with it" {
	cleat run -d --name tree --health-cmd 'sleep 997 & (sleep 998 & sleep 999); :' --health-interval 100ms --health-timeout 200ms --health-retries 1 bb:1 sleep 1000
	several() { [ "$(cleat inspect tree | jq '.[0].State.Health.FailingStreak')" -ge 4 ]; }
	until_true 20 several
	for program in 'sleep 997' 'sleep 998' 'sleep 999'; do
		# of the one that runs, and of none before
		[ "$(cleat top tree --json | jq -r .CMD | grep -cx "$program")" -le 1 ] || { cleat top tree >&2; return 1; }
	done
	cleat rm -f tree
}

@test "of a long output 4096 bytes are kept and dots say so; zero bytes hide nothing" {
	cleat run -d --name much --health-cmd 'head -c 4096 /dev/zero | tr "\0" x' --health-interval 100ms bb:1 sleep 1000
	cleat run -d --name more --health-cmd 'head -c 4097 /dev/zero | tr "\0" x' --health-interval 100ms bb:1 sleep 1000
	cleat run -d --name zeros --health-cmd 'printf "a\0b"' --health-interval 100ms bb:1 sleep 1000
	until_true 10 is much healthy
	until_true 10 is more healthy
	until_true 10 is zeros healthy
	[ "$(health much '.Log[0].Output | [length, endswith("x")] | @csv')" = '4096,true' ]
	[ "$(health more '.Log[0].Output | [length, endswith("x...")] | @csv')" = '4099,true' ]
	[ "$(health zeros '.Log[0].Output')" = 'a?b' ]
	cleat rm -f much more zeros
}

@test "failures of the start period do not count; a program that is not there does" {
	cleat run -d --name slowly --health-cmd 'test -e /up' --health-interval 1h --health-start-period 1h --health-start-interval 100ms --health-retries 1 bb:1 sleep 1000
	failed() { [ "$(health slowly '.Log | length')" -ge 3 ]; }
	until_true 10 failed
	[ "$(status_of slowly) $(health slowly .FailingStreak)" = "starting 0" ]
	cleat ps | grep -q "(health: starting)"
	cleat exec slowly touch /up
	until_true 10 is slowly healthy
	cleat rm -f slowly
}

@test "--on-unhealthy restart: the policy decides; the cause is known" {
	cleat run -d --name back --restart always --on-unhealthy restart --stop-timeout 1 --health-cmd 'test -e /fine' --health-interval 100ms --health-retries 2 bb:1 sleep 1000
	came_back() { [ "$(cleat inspect back | jq '.[0].RestartCount')" -ge 1 ]; }
	until_true 20 came_back
	[ "$(cleat inspect back | jq -r '.[0].State.Restart.LastCause')" = unhealthy ]
	cleat rm -f back
	cleat run -d --name stays --on-unhealthy restart --stop-timeout 0 --health-cmd false --health-interval 100ms --health-retries 1 bb:1 sleep 1000
	until_true 10 ended stays
	[ "$(cleat inspect stays | jq '.[0].State.ExitCode')" = 137 ]
	cleat rm stays
}

@test "a check that is ended with its container is no verdict: the cause is what ended that" {
	cleat run -d --name killed --restart on-abort --on-unhealthy restart --health-cmd 'echo x > /checked; exec sleep 1000' --health-interval 100ms --health-retries 1 bb:1 sleep 1000
	until_true 10 cleat exec killed test -e /checked
	kill -9 "$(cleat inspect killed | jq '.[0].State.Pid')"
	came_back() { [ "$(cleat inspect killed | jq '.[0].RestartCount')" = 1 ]; }
	until_true 10 came_back
	[ "$(cleat inspect killed | jq -r '.[0].State.Restart.LastCause')" = signal ]
	[ "$(told killed)" = "" ]
	cleat rm -f killed
}

@test "--on-unhealthy stop: the program may say good-bye, and no policy brings it back" {
	cleat run -d --name bye --restart always --on-unhealthy stop --health-cmd false --health-interval 100ms --health-retries 1 bb:1 \
		sh -c 'trap "echo good-bye; exit 3" TERM; while :; do sleep 0.1; done'
	until_true 20 ended bye
	[ "$(cleat inspect bye | jq -c '.[0] | [.State.ExitCode, .RestartCount]')" = '[3,0]' ]
	cleat logs bye | grep -q good-bye
	cleat rm bye
}

@test "without a daemon the shim goes on, and acts" {
	cleat run -d --name alone --on-unhealthy kill --health-cmd 'test ! -e /sick' --health-interval 100ms --health-retries 1 bb:1 sleep 1000
	until_true 10 is alone healthy
	pid=$(cleat inspect alone | jq '.[0].State.Pid')
	daemon=$(daemon_pid)
	kill -STOP "$daemon"
	touch "/proc/$pid/root/sick"
	until_true 10 gone "$pid"
	kill -9 "$daemon"
	until_true 10 gone "$daemon"
	until_true 10 ended alone
	[ "$(cleat inspect alone | jq -r '.[0].State | [.ExitCode, .Restart.LastCause] | join(" ")')" = "137 unhealthy" ]
	cleat rm alone
}

@test "the next daemon knows the verdict; a frozen container is not checked" {
	cleat run -d --name kept --health-cmd true --health-interval 100ms bb:1 sleep 1000
	until_true 10 is kept healthy
	end_process "$(daemon_pid)"
	cleat ps | grep -q "(healthy)"
	cleat pause kept
	last=$(health kept '.Log[-1].End')
	again() { [ "$(health kept '.Log[-1].End')" != "$last" ]; }
	read -rt 0.5 <> <(:) || :
	# one may have been under way
	last=$(health kept '.Log[-1].End')
	until_true 1 again 2>/dev/null && false
	cleat unpause kept
	until_true 10 again
	cleat rm -f kept
}

@test "the image's check, other times for it, and none" {
	python3 "$STORY_DIR/lib/docker_archive.py" "$W/hc.tar" "$W/busybox" checked:1 '{"Healthcheck": {"Test": ["CMD", "test", "-e", "/bin/sh"], "Interval": 100000000, "Retries": 1}}'
	cleat image import "$W/hc.tar"
	cleat run -d --name img checked:1 sleep 1000
	until_true 10 is img healthy
	cleat run -d --name other --health-interval 2h checked:1 sleep 1000
	[ "$(cleat inspect other | jq -c '.[0].Config.Healthcheck | [.Test[0], .Interval, .Retries]')" = '["CMD",7200000000000,1]' ]
	cleat run -d --name off --no-healthcheck checked:1 sleep 1000
	[ "$(status_of off)" = null ]
	cleat rm -f img other off
}

@test "what cannot be is refused" {
	run cleat create --health-interval 10us --health-cmd true bb:1 true
	[ "$status" -eq 125 ]
	says "Interval in Healthcheck cannot be less than 1ms"
	run cleat create --health-timeout soon --health-cmd true bb:1 true
	[ "$status" -eq 125 ]
	says "it is a duration"
	run cleat create --no-healthcheck --health-cmd true bb:1 true
	says "conflicts with"
	run cleat create --on-unhealthy dance --health-cmd true bb:1 true
	says "on-unhealthy is none, stop, kill or restart"
	[ -z "$(cleat ps -aq)" ]
}
