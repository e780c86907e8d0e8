#!/usr/bin/env bats
# What docker's users do, with cleat-oci as a runtime of a real dockerd, and with our shim under it: each answer beside runc's.
bats_require_minimum_version 1.5.0
load lib
load lib/docker

# Two daemons: "runtime" knows cleat-oci, "shim" finds our shim where it looks for containerd-shim-runc-v2 (20.10 takes no other name).
setup_file() {
	docker_fetch
	docker_world docker
	dockerd_start runtime
	PATH=$W/bin:$PATH dockerd_start shim
}

# A test that failed may have left a daemon of its own.
teardown() {
	local name
	for name in built restored remapped; do [ ! -e "$W/$name.pid" ] || dockerd_end "$name"; done
}

teardown_file() {
	dockerd_end shim
	dockerd_end runtime
	docker_world_end
}

# Nothing of a flag's answer depends on which daemon or container it is.
same_words() { sed -E 's/[0-9a-f]{64}/ID/g; s/\b[0-9a-f]{12}\b/ID/g'; }

# answers WHERE RUNTIME FLAG... IMAGE COMMAND...: output and status of docker run.
answers() {
	local where=$1 runtime=$2 rc=0
	shift 2
	dk "$where" run --rm --network none --runtime "$runtime" "$@" < /dev/null > "$W/out" 2> "$W/err" || rc=$?
	same_words < "$W/out"
	echo "status $rc"
}

# alike FLAG... IMAGE COMMAND...: runc, cleat-oci and our shim give one answer.
alike() {
	answers runtime runc "$@" > "$W/runc"
	answers runtime cleat "$@" > "$W/ours"
	diff "$W/runc" "$W/ours" || { echo "cleat-oci is not as runc: docker run $*"; cat "$W/err"; return 1; }
	answers shim runc "$@" > "$W/ours"
	diff "$W/runc" "$W/ours" || { echo "our shim is not as runc's: docker run $*"; cat "$W/err"; return 1; }
}

# state WHERE NAME: what inspect tells of a container.
state() {
	dk "$1" inspect -f '{{.State.Status}} {{.State.Running}} {{.State.Paused}} oom={{.State.OOMKilled}} exit={{.State.ExitCode}} restarts={{.RestartCount}} pid={{gt .State.Pid 0}}' "$2"
}
state_is() { [[ $(state "$1" "$2") == "$3"* ]]; }

# The daemon and runtime of each way to run ours: for_each TEST-FUNCTION calls it with them.
for_each() {
	local way
	for way in "runtime runc" "runtime cleat" "shim runc"; do
		# shellcheck disable=SC2086
		"$1" $way || { echo "with $way"; return 1; }
	done
}

@test "the shim of the second daemon is ours" {
	dk shim run -d --name mine --network none bb:1 sleep 1000
	shim=$(awk '{ print $4 }' "/proc/$(dk shim inspect -f '{{.State.Pid}}' mine)/stat")
	[[ $(< "/proc/$shim/comm") == cleat-shim* ]]
	dk shim rm -f mine
}

@test "run: status, programs that cannot run, users, environment" {
	alike bb:1 sh -c 'echo out; exit 7'
	alike bb:1 /no/such
	alike bb:1 nosuch
	alike bb:1 /etc/passwd
	alike bb:1 /etc
	alike -w /new/dir -e A=b bb:1 sh -c 'pwd; env'
	alike --user 1000:50 bb:1 sh -c 'id; grep Cap /proc/self/status'
	alike --user user --group-add 7 --cap-add NET_ADMIN bb:1 sh -c 'id; echo $HOME; grep Cap /proc/self/status'
	alike bb:1 seq 1 20000
}

@test "run: limits" {
	cg=/sys/fs/cgroup
	alike -m 64m --memory-reservation 32m --cpus 0.5 --cpu-shares 512 --cpuset-cpus 0 --pids-limit 20 bb:1 sh -c "cd $cg; cat \
		memory/memory.limit_in_bytes memory/memory.memsw.limit_in_bytes memory/memory.soft_limit_in_bytes cpu/cpu.cfs_quota_us cpu/cpu.shares cpuset/cpuset.cpus pids/pids.max memory.max cpu.max pids.max 2>/dev/null"
	alike --ulimit nofile=512:1024 --ulimit core=0 --oom-score-adj 500 bb:1 sh -c 'cat /proc/self/limits /proc/self/oom_score_adj'
	alike --ulimit nofile=90000000:90000000 bb:1 true
	alike --device /dev/zero:/dev/mine:r --device-cgroup-rule 'c 1:11 r' bb:1 sh -c "ls -l /dev/mine | cut -c1-10; head -c 1 /dev/mine | wc -c; sort $cg/devices/devices.list"
}

@test "run: mounts, sysctls, namespaces" {
	mkdir "$W/vol"
	echo data > "$W/vol/f"
	alike --read-only --tmpfs /t:size=1m,mode=700,uid=5 -v "$W/vol:/v:ro" bb:1 sh -c 'touch /x; touch /v/x; touch /t/x && stat -c "%a %u" /t; cat /v/f; grep " /t " /proc/self/mounts'
	alike -v named:/etc bb:1 ls /etc
	alike --mount "type=tmpfs,dst=/a,tmpfs-mode=1770" bb:1 stat -c %a /a
	alike --sysctl net.ipv4.ip_forward=1 --sysctl kernel.msgmax=9000 --hostname hh --domainname dd bb:1 sh -c 'cat /proc/sys/net/ipv4/ip_forward /proc/sys/kernel/msgmax /proc/sys/kernel/domainname; hostname'
	alike --pid host --uts host bb:1 sh -c 'readlink /proc/self/ns/pid /proc/self/ns/uts'
	alike --ipc host bb:1 readlink /proc/self/ns/ipc
	alike --ipc private --shm-size 2m bb:1 sh -c 'df -k /dev/shm | tail -1'
	alike --cgroupns private bb:1 sh -c 'cut -d: -f3 /proc/self/cgroup | sort -u'
	alike --init bb:1 sh -c 'cat /proc/1/comm'
	alike bb:1 sh -c 'ls -l /dev | cut -c1-10; wc -c < /proc/kcore; ls /sys/firmware | wc -l; echo x > /proc/sysrq-trigger'
}

@test "run: security" {
	alike bb:1 grep -E 'Cap|Seccomp|NoNew' /proc/self/status
	alike --cap-drop ALL --security-opt no-new-privileges bb:1 grep -E 'Cap|Seccomp|NoNew' /proc/self/status
	alike --security-opt seccomp=unconfined --cap-add SYS_ADMIN bb:1 grep -E 'Cap|Seccomp|NoNew' /proc/self/status
	echo '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir","mkdirat"],"action":"SCMP_ACT_ERRNO","errnoRet":95}]}' > "$W/errno.json"
	alike --security-opt "seccomp=$W/errno.json" bb:1 mkdir /q
	grep -q 'not supported' "$W/err"
	alike bb:1 unshare -m true
	# runc fails where the machine lacks one of all capabilities; ours gives what there is
	[[ $(answers runtime cleat --privileged bb:1 sh -c 'ls /dev/kmsg; echo 1 > /proc/sys/net/ipv4/ip_forward') == *kmsg*"status 0" ]]
	[[ $(answers shim runc --privileged bb:1 sh -c 'ls /dev/kmsg; echo 1 > /proc/sys/net/ipv4/ip_forward') == *kmsg*"status 0" ]]
}

@test "a terminal, and standard input" {
	terminal() {
		run script -qec "docker -H unix://$W/$1.sock run --rm -it --network none --runtime $2 bb:1 sh -c 'tty; exit 4'" /dev/null < /dev/null
		status_is 4
		says /dev/pts/0
		[ "$(printf 'a\nb\n' | dk "$1" run --rm -i --network none --runtime "$2" bb:1 wc -l)" = 2 ]
	}
	for_each terminal
}

@test "a life: exec, pause, update, kill, cp, commit, stop, start, restart, logs, rm" {
	life() {
		local where=$1 flags=(--network none --runtime "$2")
		dk "$where" run -d --name life "${flags[@]}" bb:1 sh -c 'trap "echo term; exit 9" TERM; trap "echo usr" USR1; echo up; while :; do sleep 0.1; done'
		run dk "$where" exec life sh -c 'echo in; exit 5'; status_is 5; says in
		[ "$(dk "$where" exec -u user -w /etc -e X=1 life sh -c 'id -u; id -G; pwd; echo $X $HOME')" = $'1000\n1000 50\n/etc\n1 /home/user' ]
		[ "$(echo typed | dk "$where" exec -i life cat)" = typed ]
		run script -qec "docker -H unix://$W/$where.sock exec -it life sh -c 'tty; exit 3'" /dev/null < /dev/null
		status_is 3; says /dev/pts/0
		dk "$where" exec -d life touch /tmp/touched
		until_true 10 dk "$where" exec life test -e /tmp/touched
		for program in /no/such nosuch /etc; do run dk "$where" exec life "$program"; status_is 126; done
		run dk "$where" exec -w /nowhere life pwd; status_is 126
		run dk "$where" exec life sh -c 'kill -9 $$'; status_is 137
		dk "$where" exec --privileged life grep -q 'CapEff.*1ff' /proc/self/status
		dk "$where" top life -o pid,comm | grep -q sh
		[ "$(dk "$where" stats --no-stream --format '{{.Name}}' life)" = life ]
		dk "$where" pause life; state_is "$where" life 'paused true true'
		run dk "$where" exec life true; [ "$status" -ne 0 ]
		dk "$where" unpause life; state_is "$where" life 'running true false'
		dk "$where" update -m 100m --memory-swap 200m --cpus 0.7 --pids-limit 77 --cpuset-cpus 0 life > /dev/null
		[ "$(dk "$where" exec life sh -c 'cd /sys/fs/cgroup; cat memory/memory.limit_in_bytes cpu/cpu.cfs_quota_us pids/pids.max cpuset/cpuset.cpus 2>/dev/null || cat memory.max pids.max cpuset.cpus' | tr '\n' ' ')" = "104857600 70000 77 0 " ] ||
			[ -e /sys/fs/cgroup/cgroup.controllers ]
		dk "$where" kill -s USR1 life
		until_true 10 eval "dk $where logs life | grep -qx usr"
		echo hello > "$W/hello"
		dk "$where" cp "$W/hello" life:/tmp/hello
		[ "$(dk "$where" exec life cat /tmp/hello)" = hello ]
		dk "$where" commit life img:1
		[ "$(dk "$where" run --rm "${flags[@]}" img:1 cat /tmp/hello)" = hello ]
		dk "$where" export life | tar -t | grep -q tmp/hello
		dk "$where" run --rm "${flags[@]}" --pid container:life bb:1 ps -o args | grep -q 'trap'
		dk "$where" stop -t 20 life; state_is "$where" life 'exited false false oom=false exit=9 '
		dk "$where" start life; state_is "$where" life running
		dk "$where" restart -t 20 life; state_is "$where" life running
		dk "$where" kill life
		[ "$(dk "$where" wait life)" = 137 ]
		state_is "$where" life 'exited false false oom=false exit=137'
		[ "$(dk "$where" logs life | tr '\n' ' ')" = "up usr term up term up " ]
		dk "$where" rm life
	}
	for_each life
}

@test "ends: out of memory, a failed health check, a restart policy, an attached client" {
	ends() {
		local where=$1 flags=(--network none --runtime "$2")
		run dk "$where" run --name oom "${flags[@]}" -m 16m --memory-swap 16m bb:1 sh -c 'x=a; while :; do x=$x$x; done'
		status_is 137
		state_is "$where" oom 'exited false false oom=true exit=137'
		run dk "$where" events --since 1h --until "$(date -Is -d '+1 second')" --filter event=oom --format '{{.Actor.Attributes.name}}'
		says oom
		run dk "$where" run --name none "${flags[@]}" bb:1 /nope
		state_is "$where" none 'created false false oom=false exit=127'
		dk "$where" run -d --name health "${flags[@]}" --health-cmd 'test -e /tmp/ok' --health-interval 1s --health-retries 1 bb:1 sh -c 'touch /tmp/ok; sleep 1000'
		until_true 30 health_is "$where" healthy
		dk "$where" exec health rm /tmp/ok
		until_true 30 health_is "$where" unhealthy
		dk "$where" run -d --name again "${flags[@]}" --restart on-failure:2 bb:1 sh -c 'exit 3'
		until_true 30 state_is "$where" again 'exited false false oom=false exit=3 restarts=2'
		dk "$where" run -d -i --name att "${flags[@]}" bb:1 head -n1
		[ "$(echo hi | dk "$where" attach att)" = hi ]
		dk "$where" rm -f oom none health again att
	}
	health_is() { [ "$(dk "$1" inspect -f '{{.State.Health.Status}}' health)" = "$2" ]; }
	for_each ends
}

@test "docker build runs its steps" {
	mkdir "$W/context"
	printf 'FROM bb:1\nRUN echo built > /x && id\nUSER user\nWORKDIR /w\nRUN id -u > /tmp/who; pwd > /tmp/where\n' > "$W/context/Dockerfile"
	printf 'FROM bb:1\nRUN exit 3\n' > "$W/context/fails"
	dockerd_start built --default-runtime cleat
	for where in built shim; do
		dk "$where" build --network none -t made:1 "$W/context" > "$W/build.log" 2>&1 || { cat "$W/build.log"; return 1; }
		[ "$(dk "$where" run --rm --network none made:1 cat /x /tmp/who /tmp/where | tr '\n' ' ')" = "built 1000 /w " ]
		run dk "$where" build --network none -f "$W/context/fails" "$W/context"
		[ "$status" -ne 0 ]
		says 'returned a non-zero code: 3'
	done
	[ "$(dk built info -f '{{.DefaultRuntime}}')" = cleat ]
	dockerd_end built
}

@test "checkpoint: it is made, or the reason is told and the container goes on" {
	for way in "runtime cleat" "shim runc"; do
		where=${way% *}
		dk "$where" run -d --name kept --network none --runtime "${way#* }" bb:1 sleep 1000
		run dk "$where" checkpoint create kept one
		if [ "$status" -eq 0 ]; then
			state_is "$where" kept exited
		else
			says criu
			state_is "$where" kept 'running true'
			[ "$(dk "$where" exec kept echo alive)" = alive ]
		fi
		dk "$where" rm -f kept
	done
}

@test "live-restore: a daemon killed -9 finds its containers again, and how they ended meanwhile" {
	for path in "$PATH" "$W/bin:$PATH"; do
		PATH=$path dockerd_start restored --live-restore --default-runtime cleat
		dk restored run -d --name stays --network none bb:1 sleep 1000
		dk restored run -d --name ends --network none -v "$W:/w" bb:1 sh -c 'until [ -e /w/go ]; do sleep 0.1; done; exit 21'
		pid=$(dk restored inspect -f '{{.State.Pid}}' stays)
		ends=$(dk restored inspect -f '{{.State.Pid}}' ends)
		# its containerd goes with it; a zombie would be taken for a living one
		both="$(cat "$W/restored.pid") $(cat "$W/restored/exec/containerd/containerd.pid")"
		kill -9 $both || :
		for process in $both; do until_true 15 not test -e "/proc/$process"; done
		touch "$W/go"
		until_true 10 gone "$ends"
		not gone "$pid"
		rm -f "$W/restored.pid"
		PATH=$path dockerd_start restored --live-restore --default-runtime cleat
		state_is restored stays 'running true'
		until_true 20 state_is restored ends 'exited false false oom=false exit=21'
		[ "$(dk restored inspect -f '{{.State.Pid}}' stays)" = "$pid" ]
		[ "$(dk restored exec stays echo here)" = here ]
		rm "$W/go"
		dockerd_end restored
		dockerd_forget restored
	done
}

@test "userns-remap: root in the container is nobody outside" {
	# dockerd asks /etc/subuid, so it gets one of its own
	printf "nobody:100000:65536\nnogroup:100000:65536\n" > "$W/subid"
	mkdir "$W/root-owned"
	for path in "$PATH" "$W/bin:$PATH"; do
		DOCKERD="unshare --mount sh -c 'mount --bind $W/subid /etc/subuid && mount --bind $W/subid /etc/subgid && exec dockerd \"\$@\"' sh" \
			PATH=$path dockerd_start remapped --userns-remap nobody:nogroup --default-runtime cleat
		[ "$(dk remapped run --rm --network none bb:1 awk '{ print $1, ($2 > 0) }' /proc/self/uid_map)" = "0 1" ]
		[ "$(dk remapped run --rm --network none -v "$W/root-owned:/v" bb:1 sh -c 'touch /mine && stat -c %u /mine; stat -c %u /v; id -u')" = $'0\n65534\n0' ]
		[ "$(dk remapped run --rm --network none --userns host --runtime cleat bb:1 awk '{ print $2 }' /proc/self/uid_map)" = 0 ]
		dockerd_end remapped
		dockerd_forget remapped
	done
}
