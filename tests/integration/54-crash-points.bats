#!/usr/bin/env bats
# SIGKILL at each named point (core/base/fail.h) of the daemon and the shim. Whatever was going on: never two
# lives at once, no container lost, no restart lost or made twice, no wish of a user forgotten.
load lib

setup_file() {
	if ! grep -q CLEAT_FAIL_RUN "$CLEAT_BIN/cleatd"; then
		echo "these programs have no fail points: cmake -DCLEAT_FAIL_POINTS=ON" >&2
		return 1
	fi
	world_make points
	world_ini "rootfs-mount = host" > "$CLEAT_CONFIG"
	printf '[restart/standard]\nprofile = podman\n[supervision]\ngc-delay = 100ms\n' >> "$CLEAT_CONFIG"
	export CLEAT_FAIL=$W/fail
	busybox_root "$W/rootfs"
	with_flock "$W/rootfs"
	mkdir "$W/data"
}
teardown_file() {
	local pid
	rm -f "$CLEAT_FAIL"
	# A shim of the last copy may have brought its daemon back.
	pid=$(CLEAT_CONFIG=$W/boot.ini daemon_pid) && end_process "$pid"
	world_end
}

show() { cleat inspect c 2> /dev/null | jq -r ".[0] | $1"; }
is() { [ "$(show "$1")" = "$2" ]; }
starts() { wc -l < "$W/data/starts"; }
consumed() { [ ! -e "$CLEAT_FAIL" ]; }
exists() { cleat inspect c > /dev/null 2>&1; }
absent() { cleat ps > /dev/null && ! exists; }

# at POINT COMMAND...: somebody dies at that point; that he came there is part of the test.
at() {
	local point=$1
	shift
	echo "# $point" >> "$W/trace"
	echo "$point" > "$CLEAT_FAIL.new" && mv "$CLEAT_FAIL.new" "$CLEAT_FAIL"
	"$@" > "$W/said" 2>&1 || :
	until_true 15 consumed
}
run_it() {
	cleat run -d --name c --restart unless-stopped --stop-signal KILL -v "$W/data:/data" --rootfs "$W/rootfs:O" sh -c \
		'exec 9>>/data/lock; flock -n 9 || echo double >> /data/double; echo x >> /data/starts; exec sleep 1000'
}
kill_init() { kill -9 "$(show .State.Pid)"; }
running() { is '[.State.Status, .RestartCount] | join(" ")' "running $1" && [ "$(starts)" = "$2" ]; }
never_two() { [ ! -e "$W/data/double" ] || { cat "$W/trace" >&2; return 1; }; }
# A container that runs for the first time.
fresh() {
	cleat rm -f c > /dev/null 2>&1 || :
	rm -rf "$W/data"/*
	run_it > /dev/null
	running 0 1
}

@test "while it is made and started: all of it or nothing, and what was told exists" {
	for point in create-recorded create-made start-bundle start-shim start-shim-saved shim-created start-created \
		start-record start-recorded shim-started start-started; do
		cleat rm -f c > /dev/null 2>&1 || :
		rm -rf "$W/data"/*
		at $point run_it
		cleat ps > /dev/null
		exists || run_it > /dev/null # nobody was told of it
		is .State.Status running || cleat start c > /dev/null
		until_true 10 is .State.Status running
		until_true 10 test -s "$W/data/starts"
		# it ran when the daemon died, or it has been started now: once each
		is .RestartCount 0 || is .RestartCount 1
		never_two
	done
}

@test "while it ends and comes back: exactly once" {
	fresh
	n=0
	again=0
	for point in exit-seen exit-decided exit-saved teardown-deleted teardown-bundle restart-due start-bundle start-shim \
		start-shim-saved shim-created start-created start-record start-recorded start-started \
		shim-reaped shim-recorded shim-announced shim-destroyed; do
		at $point kill_init
		n=$((n + 1))
		# a start whose shim died before the program ran has failed: one more try, counted as one
		case $point in shim-created) again=$((again + 1)) ;; esac
		until_true 15 running $((n + again)) $((n + 1)) ||
			{ echo "$point: $(show '[.State.Status, .RestartCount]'), $(starts) starts" >&2; false; }
		never_two
	done
}

@test "in a stop: it is completed, and stays" {
	for point in stop-recorded stop-sent exit-seen exit-decided exit-saved teardown-deleted teardown-bundle \
		shim-reaped shim-recorded shim-announced shim-destroyed; do
		fresh
		at $point cleat stop c
		until_true 15 is .State.Status exited
		is .RestartCount 0
		[ "$(starts)" = 1 ]
		never_two
	done
}

@test "in a restart by hand of a --rm container: it is not there for ever" {
	cleat rm -f c > /dev/null 2>&1 || :
	for point in exit-saved start-bundle start-created start-record; do
		cleat run -d --name c --rm --rootfs "$W/rootfs:O" sleep 1000 > /dev/null
		at $point cleat restart -t 0 c
		until_true 15 absent
	done
}

@test "in a removal: it is completed" {
	for point in remove-recorded teardown-bundle remove-forgotten shim-destroyed; do
		fresh
		at $point cleat rm -f c
		cleat rm -f c > /dev/null 2>&1 || : # killed before the removal was recorded, it is only stopped
		until_true 15 absent
		never_two
	done
}

@test "a container that removes itself does, wherever the daemon or its shim dies" {
	for point in exit-seen exit-decided exit-saved teardown-deleted teardown-bundle remove-forgotten \
		shim-reaped shim-recorded shim-announced shim-destroyed; do
		rm -rf "$W/data"/*
		cleat run -d --rm --name c -v "$W/data:/data" --rootfs "$W/rootfs:O" sleep 1000 > /dev/null
		at $point kill_init
		until_true 15 absent || { echo "$point: $(show .State.Status)" >&2; false; }
		until_true 10 nothing_is_left || { echo "$point: $(find "$W/root/snapshots" "$W/root/logs" -mindepth 2)" >&2; false; }
	done
}
nothing_is_left() { [ -z "$(find "$W/root/snapshots" "$W/root/logs" -mindepth 2 2> /dev/null)" ]; }

@test "when its health ends it: the policy is asked once, and knows why" {
	for point in shim-unhealthy shim-unhealthy-sent shim-reaped shim-recorded exit-decided exit-saved; do
		cleat rm -f c > /dev/null 2>&1 || :
		rm -rf "$W/data"/*
		cleat run -d --name c --restart on-unhealthy --on-unhealthy restart --stop-signal KILL --health-cmd 'test ! -e /data/sick' \
			--health-interval 100ms --health-retries 1 -v "$W/data:/data" --rootfs "$W/rootfs:O" sh -c 'exec 9>>/data/lock
			flock -n 9 || echo double >> /data/double; echo x >> /data/starts; rm -f /data/sick; exec sleep 1000' > /dev/null
		until_true 10 is .State.Health.Status healthy
		at $point touch "$W/data/sick"
		until_true 15 running 1 2 ||
			{ echo "$point: $(show '[.State.Status, .RestartCount, .State.Restart.Reason]'), $(starts) starts" >&2; false; }
		is .State.Restart.LastCause unhealthy
		never_two
	done
}

@test "in a change of its name; in a checkpoint, whose wish is taken back" {
	fresh
	at rename-saved cleat rename c d
	cleat inspect d > /dev/null
	cleat rename d c > /dev/null
	running 0 1
	at checkpoint-recorded cleat checkpoint create c first
	cleat ps > /dev/null
	running 0 1
	kill_init
	until_true 15 running 1 2
	[ -z "$(find "$W/root/checkpoints" -mindepth 3)" ]
	never_two
}

@test "while an image comes, is unpacked and goes: all of it or nothing, and no bytes are left" {
	cleat rm -f c > /dev/null 2>&1 || :
	cp -a "$W/rootfs" "$W/busybox"
	for point in import-written import-recorded; do
		at $point cleat image import "$W/busybox" points:1
		cleat image ls -q > /dev/null
		cleat run --rm points:1 true 2> /dev/null || [ $? -eq 125 ]
		cleat image rm points:1 > /dev/null 2>&1 || : # nobody was told of it
		until_true 10 no_image_is_left || { find "$W/root/content" "$W/root/snapshots" -mindepth 2 >&2; false; }
	done
	for point in layer-unpacked layer-committed layer-recorded create-recorded create-made; do
		cleat image import "$W/busybox" points:1 > /dev/null
		not no_image_is_left
		at $point cleat create --name c points:1 true
		cleat ps > /dev/null
		exists || cleat create --name c points:1 true > /dev/null
		cleat start -a c
		cleat rm c > /dev/null
		cleat image rm points:1 > /dev/null
		until_true 10 no_image_is_left || { echo "$point:"; find "$W/root/content" "$W/root/snapshots" -mindepth 2; false; } >&2
	done
	cleat image import "$W/busybox" points:1 > /dev/null
	cleat run --rm points:1 true
	at image-forgotten cleat image rm points:1
	[ -z "$(cleat image ls -q)" ]
	until_true 10 no_image_is_left || { find "$W/root/content" "$W/root/snapshots" -mindepth 2 >&2; false; }
}
no_image_is_left() { [ -z "$(find "$W/root/content" "$W/root/snapshots" -mindepth 2 -type f -print -quit 2> /dev/null)" ]; }

@test "while it cannot be cleaned up, and while its policy changes" {
	fresh
	exec {file}< "$(show .Bundle)/rootfs/etc/passwd"
	at gc-entered kill_init
	until_true 10 is .State.Status gc
	exec {file}<&-
	until_true 10 running 1 2
	at update-saved cleat update --restart on-failure:7 c
	is '.HostConfig.RestartPolicy | "\(.Name) \(.MaximumRetryCount)"' "on-failure 7"
	running 1 2
	never_two
}

@test "what a new daemon decides about many containers is one sync" {
	cleat rm -f c > /dev/null 2>&1 || :
	for i in 1 2 3 4 5 6 7 8; do
		cleat run -d --name "many$i" --restart always --restart-opt delay-initial=1h --restart-opt delay-max=1h \
			--rootfs "$W/rootfs:O" sleep 1000 > /dev/null
	done
	cleat stop -t 0 many{1..8} > /dev/null
	daemon_off
	export CLEAT_FAIL_RUN="echo x >> '$W/syncs'"
	echo "synced run" > "$CLEAT_FAIL"
	cleat ps > /dev/null
	rm "$CLEAT_FAIL"
	[ "$(cleat inspect many{1..8} | jq 'map(select(.State.Status == "restarting")) | length')" = 8 ]
	[ "$(wc -l < "$W/syncs")" -le 2 ] || { wc -l "$W/syncs" >&2; false; }
	cleat rm -f many{1..8} > /dev/null
	daemon_off # the next one runs without that command
}

# ---- power cuts: what was on the disk at each sync, a machine that is booted anew, and nothing else ----

daemon_off() {
	local pid
	pid=$(cat "$(sed -n 's/^state = //p' "$CLEAT_CONFIG")/cleatd.lock") # looking for it takes a second
	kill -9 "$pid"
	until_true 5 gone "$pid"
}
# promise NAME STATE: from now on every copy has to keep it.
promise() { echo "$(date +%s.%N) $1 $2" >> "$W/promises"; }

take_copies() {
	mkdir "$W/copies"
	# what another process is about to remove may vanish under its hands
	export CLEAT_FAIL_RUN="cp -a '$W/root' '$W/copies/'\$(date +%s.%N) 2> /dev/null || :"
	echo "synced run" > "$CLEAT_FAIL"
	cleat run -d --name other --rootfs "$W/rootfs:O" sh -c 'exit 3' > /dev/null
	promise other exists
	cleat wait other > /dev/null
	run_it > /dev/null
	promise c comes-back
	kill_init
	until_true 10 running 1 2
	cleat rm other > /dev/null
	promise other gone
	cleat stop c > /dev/null
	promise c exited
	cleat start c > /dev/null
	promise c comes-back
	cleat update --restart no c > /dev/null
	promise c exited
	rm "$CLEAT_FAIL"
}

# What had been promised for NAME when the copy was taken; a promise is a promise from the next sync on.
promised() {
	awk -v at="$1" -v name="$2" '$2 == name { if ($1 < at) state = $3; else if (state) state = state "|" $3 }
		END { print state }' "$W/promises"
}
keeps() {
	local promise found
	promise=$(promised "$1" "$2")
	found=$(cleat inspect "$2" 2> /dev/null | jq -r '.[0] | [.State.Status, .RestartCount, .State.Restart.LastCause] | join(" ")')
	case "$promise=$found" in
	"="*) ;; # not promised yet
	gone=|*gone*=*) ;;
	*exists*=exited*|*exists*=created*) ;;
	*comes-back*=running*) ;;
	*exited*=exited*) ;;
	*) echo "copy $1: promised $promise, found '$found'" >&2; return 1 ;;
	esac
}
settled_after_boot() { cleat ps -a --json | jq -se 'all(.State == "running" or .State == "exited" or .State == "created")' > /dev/null; }

boot_from() {
	rm -rf "$W/state2" && mkdir "$W/state2"
	sed "s|^root = .*|root = $1|; s|^state = .*|state = $W/state2|" "$W/cleat.ini" > "$W/boot.ini"
	printf '[supervision]\nboot-spread = 0\n' >> "$W/boot.ini"
	CLEAT_BOOT_ID=$(cat /proc/sys/kernel/random/uuid)
	export CLEAT_BOOT_ID
	CLEAT_CONFIG=$W/boot.ini
	cleat ps > /dev/null
}

@test "a wait for a restart does not outlive a boot: it comes with the others, and its back-off begins anew" {
	cleat rm -f c > /dev/null 2>&1 || :
	cleat run -d --name c --restart always --restart-opt delay-initial=1h --restart-opt delay-max=1h \
		--rootfs "$W/rootfs:O" false
	until_true 10 is '[.State.Status, .State.Restart.Level] | join(" ")' "restarting 1"
	daemon_off
	boot_from "$W/root"
	# it came at once, has failed again, and waits for the first delay
	until_true 10 is '[.State.Status, .RestartCount] | join(" ")' "restarting 2"
	is .State.Restart.Level 1
	cleat rm -f c
	daemon_off
}

@test "a power cut at each sync: what was promised is kept, once" {
	cleat rm -f c > /dev/null 2>&1 || :
	daemon_off
	rm -rf "$W/data"/*
	take_copies
	cleat rm -f c > /dev/null
	daemon_off
	[ "$(find "$W/copies" -mindepth 1 -maxdepth 1 | wc -l)" -ge 8 ]
	for copy in "$W"/copies/*; do
		rm -rf "$W/data"/*
		boot_from "$copy"
		until_true 10 settled_after_boot
		keeps "${copy##*/}" c
		keeps "${copy##*/}" other
		until_true 5 sh -c 'cleat inspect c 2> /dev/null | jq -e ".[0].State.Running | not" > /dev/null || [ -s "$W/data/starts" ]'
		[ ! -e "$W/data/starts" ] || [ "$(starts)" = 1 ] # it came back once
		never_two
		cleat rm -f c other > /dev/null 2>&1 || :
		[ -z "$(cleat ps -aq)" ]
		daemon_off
		rm -rf "$copy"
	done
}
