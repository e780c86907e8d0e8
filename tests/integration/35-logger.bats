#!/usr/bin/env bats
# binary:// : the output goes to a program of the host, by containerd's protocol, when cleat.ini allows it.
bats_require_minimum_version 1.5.0
load lib
load lib/ctr

setup_file() {
	STORY_INI=$'[io/fifo]\nbinary = yes' ctr_world logger
	cat > "$W/logger" <<-'END'
		#!/bin/sh
		# logger KEY DIR: what it was given, then all that comes
		cd "$2" || exit 1
		env > env.$CONTAINER_ID
		cat <&4 >> err.$CONTAINER_ID 5>&- &
		exec 4<&- 5>&-
		cat <&3 >> out.$CONTAINER_ID
		wait
		echo complete >> out.$CONTAINER_ID
	END
	printf '#!/bin/sh\ntrap "" TERM\nexec 5>&-\nwhile :; do sleep 0.1; done\n' > "$W/stalled"
	chmod 755 "$W/logger" "$W/stalled"
}
teardown_file() { ctr_world_end; }

loggers() { pgrep -f "$W/(logger|stalled)" || :; }
no_logger() { [ -z "$(loggers)" ]; }
end() { ctr task kill -s 9 "$1"; rm_task "$1" > /dev/null; }

@test "both streams reach the logger, whole, and it ends with the container" {
	ctr_run talks -d --log-uri "binary://$W/logger?dir=$W" -- /bin/sh -c 'seq 1 20000; echo oops >&2'
	until_true 20 stopped talks
	rm_task talks
	until_true 10 no_logger
	diff <(seq 1 20000; echo complete) "$W/out.talks"
	[ "$(cat "$W/err.talks")" = oops ]
	[ "$(sort "$W/env.talks" | grep -v '^PWD=\|^OLDPWD=\|^_=\|^SHLVL=')" = $'CONTAINER_ID=talks\nCONTAINER_NAMESPACE=default' ]
	nothing_left
}

@test "a logger that never reads holds its container, not the shim" {
	ctr_run stalls -d --log-uri "binary://$W/stalled" -- /bin/sh -c 'yes'
	[ "$(ctr task exec --exec-id x stalls /bin/echo alive)" = alive ]
	task_is stalls RUNNING
	ctr task metrics stalls > /dev/null
	ctr task kill -s 9 stalls
	until_true 10 stopped stalls
	kill -9 "$(loggers)" # Delete would give it ten seconds, as it does for a fifo that nobody reads
	ctr task rm stalls || :
	ctr container rm stalls
	until_true 5 no_logger
	nothing_left
}

@test "kill -9 of the shim: the logger sees the end of the output and goes" {
	ctr_run orphan -d --log-uri "binary://$W/logger?dir=$W" -- /bin/sh -c 'echo before; exec sleep 1000'
	until_true 10 grep -q before "$W/out.orphan"
	kill -9 "$(awk '{ print $4 }' "/proc/$(task_pid orphan)/stat")"
	until_true 10 no_logger
	grep -q complete "$W/out.orphan"
	nothing_left
	ctr container rm orphan
}

@test "a logger that cannot run is named, and nothing is left" {
	run ctr_run missing -d --log-uri "binary:///no/such/logger" -- /bin/true
	[ "$status" -ne 0 ]
	says /no/such/logger
	nothing_left
	ctr container rm missing 2> /dev/null || :
}

@test "without leave in cleat.ini no program runs" {
	sed -i '/io.fifo/,$d' "$W/cleat.ini"
	run ctr_run refused -d --log-uri "binary://$W/logger?dir=$W" -- /bin/true
	[ "$status" -ne 0 ]
	says "'binary = yes' in [io/fifo]"
	[ ! -e "$W/env.refused" ]
	nothing_left
	ctr container rm refused 2> /dev/null || :
}
