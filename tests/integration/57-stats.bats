#!/usr/bin/env bats
# What containers use: stats, top, and the endpoint for Prometheus.
load lib

setup_file() {
	world_make stats
	busybox_image bb:1
	cleat run -d --name busy --cpus 0.5 -m 64m bb:1 sh -c 'while :; do :; done'
	cleat run -d --name calm bb:1 sleep 1000
}
teardown_file() { world_end; }

once() { cleat stats --no-stream --json "$@"; }

@test "the table has docker's columns, one line a container" {
	run cleat stats --no-stream
	status_is 0
	[[ ${lines[0]} =~ ^CONTAINER\ ID\ +NAME\ +CPU\ %\ +MEM\ USAGE\ /\ LIMIT\ +MEM\ %\ +NET\ I/O\ +BLOCK\ I/O\ +PIDS\ *$ ]]
	[ "${#lines[@]}" = 3 ]
	[[ $output =~ \ busy\ +[0-9.]+%\ +[0-9.]+[KM]iB\ /\ 64MiB\ +[0-9.]+%\ +0B\ /\ 0B\ +[0-9.kMG]+B\ /\ [0-9.kMG]+B\ +1 ]]
	run cleat stats --no-stream --no-trunc calm
	says "$(cleat inspect calm | jq -r '.[0].Id')"
	[ "${#lines[@]}" = 2 ]
}

@test "the numbers are those of the container" {
	[ "$(once busy calm | jq -r .Name | paste -sd' ')" = "busy calm" ]
	percent=$(once busy | jq -r '.CPUPerc | rtrimstr("%") | tonumber | floor')
	# half a processor at most, and on a machine with much to do not always that
	[ "$percent" -ge 1 ]
	[ "$percent" -le 75 ]
	[ "$(once calm | jq -r '.CPUPerc | rtrimstr("%") | tonumber | floor')" -lt 5 ]
	[ "$(once busy | jq '.MemoryLimitBytes')" = $((64 << 20)) ]
	[ "$(once busy | jq '.MemoryBytes > 4096 and .MemoryBytes < 33554432')" = true ]
	[ "$(once calm | jq -r .PIDs)" = 1 ]
	before=$(once busy | jq .CpuNs)
	[ "$(once busy | jq .CpuNs)" -gt "$before" ]
}

@test "bytes of disk and network are counted" {
	id=$(cleat run -d --name eater -v "$W:/host" bb:1 sleep 1000)
	# on version 1 the kernel counts only where there is a limit, however high
	group=/sys/fs/cgroup/blkio$CGP/$id
	[ ! -d "$group" ] || stat -c '%Hd:%Ld 1000000000' "$W" > "$group/blkio.throttle.write_bps_device"
	cleat exec eater dd if=/dev/zero of=/host/eaten bs=1M count=8 oflag=direct
	[ "$(once eater | jq '.BlockWrittenBytes')" -ge $((8 << 20)) ]
	pid=$(cleat inspect eater | jq '.[0].State.Pid')
	nsenter -t "$pid" -n ip link add type veth
	nsenter -t "$pid" -n sh -c 'ip addr add 10.99.99.1/30 dev veth0; ip link set veth0 up; ip link set veth1 up; ping -c1 -W1 10.99.99.2 > /dev/null 2>&1' || :
	sent() { [ "$(once eater | jq '.NetSentBytes')" -gt 0 ]; }
	until_true 20 sent
	cleat rm -f eater
	rm -f "$W/eaten"
	cleat run -d --name hosts --network host bb:1 sleep 1000
	[ "$(once hosts | jq -r .NetIO)" = -- ]
	cleat rm -f hosts
}

@test "what does not run is shown with -a, and by name, without numbers" {
	cleat create --name idle bb:1 true
	run cleat stats --no-stream
	says_not idle
	[ "$(once -a | jq -r 'select(.Name == "idle") | .CPUPerc + .MemPerc + .PIDs')" = "------" ]
	[ "$(once idle | jq -r .MemUsage)" = "-- / --" ]
	run cleat stats --no-stream nosuch
	status_is 1
	says "No such container: nosuch"
	cleat rm idle
}

@test "it goes on, and sees who comes and goes" {
	cleat stats --json > "$W/live" 3>&- & pid=$!
	until_true 20 grep -q '"calm"' "$W/live"
	cleat run -d --name comes bb:1 sleep 1000
	until_true 20 grep -q '"comes"' "$W/live"
	cleat rm -f comes
	gone_again() { [ "$(tail -n2 "$W/live" | grep -c '"comes"')" = 0 ]; }
	until_true 20 gone_again
	end_process "$(daemon_pid)"
	seen=$(wc -l < "$W/live")
	more() { [ "$(wc -l < "$W/live")" -gt $((seen + 4)) ]; }
	until_true 30 more
	kill $pid
	wait $pid || :
}

@test "top shows docker's columns, or those that are asked of ps" {
	run cleat top busy
	status_is 0
	[[ ${lines[0]} =~ ^UID\ +PID\ +PPID\ +C\ +STIME\ +TTY\ +TIME\ +CMD$ ]]
	# what ps says of the same process, but for the time it has used since
	pid=$(cleat inspect calm | jq '.[0].State.Pid')
	[ "$(cleat top calm | awk 'NR == 2 { print $1, $2, $3, $4, $5, $6, $8, $9 }')" = "$(ps -f -p "$pid" | awk 'NR == 2 { print $1, $2, $3, $4, $5, $6, $8, $9 }')" ]
	cleat run -dt --name tty bb:1 sleep 1000
	[[ $(cleat top tty --json | jq -r .TTY) == pts/* ]]
	cleat rm -f tty
	run cleat top busy
	says "while :; do :; done"
	run cleat top busy -o pid,comm
	status_is 0
	[[ ${lines[0]} =~ ^\ *PID\ +COMMAND ]]
	[ "${#lines[@]}" = 2 ]
	[[ ${lines[1]} =~ ^\ *$(cleat inspect busy | jq '.[0].State.Pid')\ +sh ]]
	run cleat top busy -o comm
	status_is 1
	says "no column PID"
	[ "$(cleat top busy --json | jq -r .UID)" = root ]
	[ "$(cleat top --json busy | jq -r .UID)" = root ]
	run cleat top busy --nonsense
	status_is 1
}

# ---- Prometheus ----------------------------------------------------------------------------------------

talk() { python3 "$STORY_DIR/lib/talk.py" "$W/metrics.sock"; }
scrape() { printf 'GET %s HTTP/1.1\r\nHost: x\r\n\r\n' "${1:-/metrics}" | talk | sed 's/\r$//'; }
# the daemon with its metrics; containers stay as they are
metrics_on() {
	world_ini "metrics-socket = $W/metrics.sock" > "$W/cleat.ini"
	end_process "$(daemon_pid)"
	cleat ps > /dev/null
}

@test "there is no endpoint unless the ini file says so" {
	run grep -c metrics.sock /proc/net/unix
	says_not "$W"
	[ ! -e "$W/metrics.sock" ]
}

@test "the endpoint tells what every container uses" {
	metrics_on
	cleat create --name 'idle' --label x=y bb:1 true
	cleat pause calm
	scrape > "$W/answer"
	cleat unpause calm
	[ "$(head -1 "$W/answer")" = "HTTP/1.1 200 OK" ]
	sed '1,/^$/d' "$W/answer" > "$W/page"
	grep -q '^cleat_containers{state="running"} 1$' "$W/page"
	grep -q '^cleat_containers{state="paused"} 1$' "$W/page"
	grep -q '^cleat_containers{state="created"} 1$' "$W/page"
	id=$(cleat inspect busy | jq -r '.[0].Id')
	grep -q "^cleat_container_info{namespace=\"default\",id=\"$id\",name=\"busy\",image=\"bb:1\"} 1$" "$W/page"
	grep -q '^cleat_container_memory_limit_bytes{.*name="busy"} 67108864$' "$W/page"
	grep -q '^cleat_container_processes{.*name="calm"} 1$' "$W/page"
	grep -qE '^cleat_container_cpu_seconds_total\{.*name="busy"\} [0-9.e-]+$' "$W/page"
	grep -q '^cleat_container_cpu_seconds_total{.*name="idle"' "$W/page" && false
	# each metric is described once, and before its numbers
	[ "$(grep '^# TYPE' "$W/page" | sort | uniq -d | wc -l)" = 0 ]
	[ "$(grep -v '^#' "$W/page" | sed 's/[{ ].*//' | sort -u | while read -r m; do grep -q "^# TYPE $m " "$W/page" || echo "$m"; done)" = "" ]
	[ "$(stat -c %a "$W/metrics.sock")" = 600 ]
	cleat rm idle
}

@test "one shim that stands still costs its own numbers alone" {
	metrics_on
	cleat run -d --name stuck bb:1 sleep 1000
	shim=$(awk '{ print $4 }' "/proc/$(cleat inspect stuck | jq '.[0].State.Pid')/stat")
	kill -STOP "$shim"
	# Prometheus would wait for ten seconds
	begun=$SECONDS
	scrape > "$W/answer"
	[ $((SECONDS - begun)) -lt 8 ]
	grep -q '^cleat_container_running{.*name="stuck"} 1' "$W/answer"
	grep -q '^cleat_container_cpu_seconds_total{.*name="busy"}' "$W/answer"
	grep '^cleat_container_cpu_seconds_total{.*name="stuck"}' "$W/answer" && false
	run once
	status_is 0
	[ "$(jq -r 'select(.Name == "stuck") | .CPUPerc' <<< "$output")" = -- ]
	[ "$(jq -r 'select(.Name == "busy") | .CPUPerc' <<< "$output")" != -- ]
	[ "$(once stuck | jq -r .CPUPerc)" = -- ]
	# whose it is that does not answer
	run cleat top stuck
	status_is 1
	says "the shim of container $(cleat ps -q -f name=stuck) does not answer"
	kill -CONT "$shim"
	cleat rm -f stuck
}

@test "the endpoint knows who is healthy" {
	metrics_on
	cleat run -d --name checked --health-cmd 'test -e /fine' --health-interval 100ms --health-retries 1 bb:1 sleep 1000
	healthy_is() { scrape | grep -q "^cleat_container_healthy{.*name=\"checked\"} $1\$"; }
	until_true 10 healthy_is 0
	cleat exec checked touch /fine
	until_true 10 healthy_is 1
	scrape > "$W/answer"
	[ "$(grep -c '^cleat_container_healthy{' "$W/answer")" = 1 ]
	[ "$(grep -c '^cleat_containers{state="gc"} 0$' "$W/answer")" = 1 ]
	cleat rm -f checked
}

@test "the endpoint answers strangers' requests, and goes on" {
	metrics_on
	scrape /other | grep -q "the metrics are at /metrics"
	scrape /metricsandmore | grep -q "404 Not Found"
	printf 'POST /metrics HTTP/1.1\r\n\r\n' | talk > "$W/answer"
	grep -q "only GET" "$W/answer"
	grep -q '^Allow: GET, HEAD' "$W/answer"
	printf 'HEAD /metrics HTTP/1.0\r\n\r\n' | talk > "$W/answer"
	grep -q '^HTTP/1.1 200 OK' "$W/answer"
	[ "$(tail -1 "$W/answer")" = $'\r' ]
	printf 'HEAD /metricsx HTTP/1.0\r\n\r\n' | talk | grep -q '404 Not Found'
	head -c 20000 /dev/urandom | talk > /dev/null
	printf 'GET /met' | talk > /dev/null
	scrape | grep -q '^cleat_build_info'
	pid=$(daemon_pid)
	end_process "$pid"
	[ ! -e "$W/metrics.sock" ]
}
