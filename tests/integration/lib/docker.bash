# docker.bash - dockerd of Debian's docker.io, taken apart and not installed, with our programs as its runtimes.
# shellcheck shell=bash

DOCKER=${DOCKER:-/var/tmp/cleat-docker}

# docker_fetch: $DOCKER holds dockerd and docker. Installing the package would start a service and change iptables.
docker_fetch() {
	[ ! -x "$DOCKER/usr/sbin/dockerd" ] || return 0
	local part packages=(docker.io)
	[ -z "$(apt-cache search --names-only '^docker-cli$')" ] || packages+=(docker-cli) # a package of its own since Debian 13
	mkdir -p "$(dirname "$DOCKER")"
	part=$(mktemp -d "$DOCKER.XXXXXX") # all or nothing, also when two come at once
	# apt's unprivileged downloader cannot write there: that is a warning, not an error.
	if ! (cd "$part" && apt-get -qq download "${packages[@]}") > "$part/log" 2>&1; then
		echo "docker.io cannot be downloaded ($(tail -1 "$part/log")): run apt-get update, or set DOCKER to a directory that holds usr/sbin/dockerd" >&2
		rm -rf "$part"
		return 1
	fi
	for package in "$part"/*.deb; do dpkg-deb -x "$package" "$part"; done
	rm -f "$part"/*.deb "$part/log"
	rm -rf "$DOCKER"
	mv -T "$part" "$DOCKER"
}

# docker_world NAME: in setup_file. W, CGP and, in $W/bin, our shim under the name that dockerd's containerd looks for.
docker_world() {
	W=$(mktemp -d "/tmp/cleat-story-$1.XXXXXX")
	CGP=/cleat-story-$1-$$
	export W CGP DOCKER CLEAT_CONFIG=$W/cleat.ini
	export DOCKER_CONFIG=$W/client PATH=$DOCKER/usr/bin:$DOCKER/usr/sbin:$PATH
	chmod 711 "$W" # a user namespace's root goes through it
	mkdir "$W/state" "$W/bin" "$W/client"
	world_ini > "$W/cleat.ini"
	ln -s "$CLEAT_BIN/cleat-shim" "$W/bin/containerd-shim-runc-v2"
	busybox_root "$W/rootfs"
	mounts_now > "$W/mounts.before"
}

# dockerd_start NAME [FLAG...]: a daemon with its own everything, and the image bb:1. dk NAME COMMAND...: docker there.
# DOCKERD: what starts it, if not its name.
dockerd_start() {
	local name=$1
	shift
	set -- --data-root "$W/$name/data" --exec-root "$W/$name/exec" -H "unix://$W/$name.sock" -p "$W/$name.pid" --group "$(id -gn)" \
		--iptables=false --ip6tables=false --bridge=none --ip-forward=false --ip-masq=false --cgroup-parent "$CGP" \
		--add-runtime "cleat=$CLEAT_BIN/cleat-oci" --experimental --init-path "$(command -v tini-static)" "$@"
	eval "exec ${DOCKERD:-dockerd}" '"$@"' >> "$W/$name.log" 2>&1 3>&- &
	echo $! > "$W/$name.job"
	until_true 60 dockerd_answers "$name"
	dk "$name" image inspect bb:1 > /dev/null 2>&1 || tar -C "$W/rootfs" -c . | dk "$name" import - bb:1 > /dev/null
}
dockerd_answers() {
	not gone "$(cat "$W/$1.job")" || { tail -3 "$W/$1.log" >&2; return 1; }
	dk "$1" version > /dev/null 2>&1
}
dk() { local name=$1; shift; docker -H "unix://$W/$name.sock" "$@" 3>&-; }

# dockerd_end NAME: its containers, the daemon, and the containerd that it started.
dockerd_end() {
	local ids
	ids=$(dk "$1" ps -aq)
	# shellcheck disable=SC2086
	[ -z "$ids" ] || dk "$1" rm -f $ids > /dev/null
	end_process "$(cat "$W/$1.pid")"
}

# dockerd_forget NAME: all that it kept; one that was killed leaves its data mounted on itself, once more each time.
dockerd_forget() {
	until_true 20 dockerd_unmounted "$1"
	rm -rf --one-file-system "${W:?}/$1" "$W/$1.pid" "$W/$1.job"
}
dockerd_unmounted() {
	while umount "$W/$1/data" 2> /dev/null; do :; done
	not mountpoint -q "$W/$1/data"
}

docker_world_end() {
	local status=0
	leaks || status=1
	cgroups_remove
	rm -rf --one-file-system "$W" || status=1
	return $status
}
