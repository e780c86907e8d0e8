#!/usr/bin/env bats
# Swapping is the product: one line of the ini changes the backend of the next container, for each type.
load lib

setup_file() {
	world_make swap
	mkdir "$W/plugins"
	cp "$CLEAT_BIN"/../lib/cleat/plugins/*.so "$CLEAT_BIN"/../lib/cleat/test-plugins/*.so "$W/plugins/"
	chmod 755 "$W/plugins" && chmod 644 "$W"/plugins/*.so
	swap_ini ""
	busybox_image bb:1
}
teardown_file() { world_end; }

# The ini of this world with all plugins loaded; $1 are lines of [plugins]. The running daemon is ended.
swap_ini() {
	local pid stems
	stems=$(cd "$W/plugins" && for f in *.so; do printf '%s ' "${f%.so}"; done)
	world_ini "plugin-dir = $W/plugins" > "$W/cleat.ini"
	printf '[plugins]\nload = %s\n%s\n' "$stems" "$1" >> "$W/cleat.ini"
	pid=$(daemon_pid) && end_process "$pid"
	return 0
}

@test "snapshotter: copy instead of overlay; the earlier container keeps its own" {
	cleat run --name before bb:1 sh -c 'echo kept > /f'
	swap_ini "snapshotter = copy"
	cleat run --name after bb:1 sh -c 'grep " / " /proc/mounts | head -1 > /how; echo x > /g'
	[ "$(cleat inspect after | jq -r '.[0].Snapshotter')" = copy ]
	[ "$(cleat inspect before | jq -r '.[0].Snapshotter')" = overlay ]
	cleat start before
	[ "$(cleat wait before)" = 0 ]
	[ "$(find "$W/root/snapshots/copy" -name g | wc -l)" = 1 ]
	cleat rm before after
	[ "$(find "$W/root/snapshots/copy" -name g | wc -l)" = 0 ]
}

@test "runtime: the fake one answers in the place of linux" {
	swap_ini "runtime = fake"
	run cleat run --rm bb:1 true
	status_is 125
	says fake
	run cleat run --rm --runtime linux bb:1 echo real
	status_is 0
	says real
}

@test "restart policy: never overrides what standard would do" {
	swap_ini "restart = never"
	cleat run -d --name no --restart always bb:1 false
	[ "$(cleat wait no)" = 1 ]
	[ "$(cleat inspect no | jq '.[0].RestartCount')" = 0 ]
	cleat rm -f no
}

@test "io: null swallows what fifo carries" {
	swap_ini "io = null"
	run cleat run --rm bb:1 echo heard
	status_is 0
	says_not heard
	run cleat run --rm --io fifo bb:1 echo heard
	says heard
	swap_ini ""
	run cleat run --rm bb:1 echo heard
	says heard
}

@test "plugins ls and show tell what is loaded, refused and why" {
	swap_ini ""
	chmod 666 "$W/plugins/restart-never.so"
	run cleat plugins ls
	says snapshotter
	says overlay
	says refused
	says 'restart-never.so'
	says 'writable'
	chmod 644 "$W/plugins/restart-never.so"
	run cleat plugins show snapshotter/overlay
	status_is 0
	says overlay
	run cleat plugins show snapshotter/nothere
	status_is 1
	says nothere
}
