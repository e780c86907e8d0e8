#!/usr/bin/env bats
# Supervision against time: stops that race with the timer, and a policy that only another plugin knows.
load lib

setup_file() {
	world_make races
	mkdir "$W/plugins"
	cp "$CLEAT_BIN"/../lib/cleat/plugins/*.so "$CLEAT_BIN"/../lib/cleat/test-plugins/restart-{never,odd}.so "$W/plugins/"
	chmod 755 "$W/plugins" && chmod 644 "$W"/plugins/*.so
	busybox_root "$W/rootfs"
}
teardown_file() { world_end; }

status_of() { cleat inspect "$1" | jq -r '.[0].State.Status'; }
# The processes of a container, by its cgroup; none is what stop has promised.
processes() { find /sys/fs/cgroup -path "*$CGP/$1/cgroup.procs" -exec cat {} + 2> /dev/null | sort -u; }

@test "R15: a stop that races with the timer wins: nothing runs after it has returned" {
	rounds=25
	[ "${CLEAT_LONG:-}" != 1 ] || rounds=1000
	id=$(cleat run -d --name race --restart always --restart-opt delay-initial=5ms --restart-opt delay-max=30ms \
		--rootfs "$W/rootfs:O" false)
	for ((i = 0; i < rounds; i++)); do
		read -rt "0.0$((RANDOM % 9))" <> <(:) || : # somewhere between exit, timer and start
		cleat stop -t 0 race > /dev/null
		[ "$(status_of race)" = exited ]
		[ -z "$(processes "$id")" ]
		before=$(cleat inspect race | jq '.[0].RestartCount')
		[ "$(cleat inspect race | jq '.[0].RestartCount')" = "$before" ]
		cleat start race > /dev/null
	done
	cleat rm -f race
}

@test "an update that meets the end of a life is for the next one" {
	cleat run -d --name loop --restart always --restart-opt delay-initial=1ms --restart-opt delay-max=1ms \
		--rootfs "$W/rootfs:O" false
	for ((i = 0; i < 60; i++)); do
		cleat update --memory $((64 + i))m --memory-swap -1 loop > /dev/null
		[ "$(cleat inspect loop | jq '.[0].HostConfig.Memory')" = $(((64 + i) << 20)) ]
	done
	cleat rm -f loop
}

@test "R31: a policy that only another plugin knows is used by its name, and refused without the plugin" {
	run cleat run -d --restart full-moon --rootfs "$W/rootfs:O" true
	[ "$status" -ne 0 ]
	says full-moon
	world_ini "plugin-dir = $W/plugins" > "$W/cleat.ini"
	printf '[plugins]\nload = runtime-linux snapshot-overlay restart-never io-fifo io-log\nrestart = never\n' >> "$W/cleat.ini"
	end_process "$(daemon_pid)"
	cleat run -d --name moon --restart full-moon --rootfs "$W/rootfs:O" false
	[ "$(cleat wait moon)" = 1 ]
	[ "$(status_of moon)" = exited ]
	cleat inspect moon | jq -e '.[0].RestartCount == 0 and .[0].HostConfig.RestartPolicy.Name == "full-moon"'
	cleat rm moon
}

@test "a plugin that answers nonsense is told with its name, and loses no restart" {
	world_ini "plugin-dir = $W/plugins" > "$W/cleat.ini"
	printf '[plugins]\nload = runtime-linux snapshot-overlay restart-odd io-fifo io-log\nrestart = odd\n' >> "$W/cleat.ini"
	end_process "$(daemon_pid)"
	mkdir "$W/data"
	# neither a manager that cannot be made nor one that does not wait keeps it down
	for policy in none still; do
		cleat run -d --name "$policy" --restart "$policy" -v "$W/data:/data" --rootfs "$W/rootfs:O" sh -c \
			"echo x >> /data/$policy; [ \"\$(wc -l < /data/$policy)\" -lt 3 ] || exec sleep 1000"
		back() { [ "$(cleat inspect "$policy" | jq -r '.[0] | [.State.Status, .RestartCount] | join(" ")')" = "running 2" ]; }
		until_true 10 back
	done
	tells() { cleat inspect "$1" | jq -e --arg text "$2" '.[0].State | .Status == "exited" and (.Restart.Reason | contains($text))' > /dev/null; }
	for policy in mute late grown; do cleat run -d --name "$policy" --restart "$policy" --rootfs "$W/rootfs:O" false; done
	until_true 10 tells mute "plugin restart/odd failed in 'should_restart'"
	until_true 10 tells late "plugin restart/odd answered 'should_restart' with a delay of more than a year"
	until_true 10 tells grown "plugin restart/odd changed the size of its answer to 'should_restart'"
	cleat rm -f none still mute late grown
}
