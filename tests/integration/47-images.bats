#!/usr/bin/env bats
# Images: every form that can be imported, what their configuration means, and what rm leaves.
load lib

setup_file() {
	world_make images
	busybox_root "$W/bb"
	python3 "$STORY_DIR/lib/docker_archive.py" "$W/archive.tar" "$W/bb" fromdocker:1 \
		'{"Cmd":["sh","-c","echo $GREETING; pwd; id -u"],"Env":["PATH=/bin","GREETING=hello"],"User":"1000:50","WorkingDir":"/tmp","StopSignal":"SIGUSR1","Labels":{"a":"b"}}'
	python3 "$STORY_DIR/lib/docker_archive.py" "$W/entry.tar" "$W/bb" entry:1 '{"Entrypoint":["echo","entry"],"Cmd":["default"]}'
}
teardown_file() { world_end; }

@test "a directory, and tars: plain, gzip, xz, zstd" {
	run cleat image import "$W/bb" dir:1
	status_is 0
	tar -C "$W/bb" -cf "$W/bb.tar" .
	gzip -k "$W/bb.tar"
	xz -0 -k "$W/bb.tar"
	zstd -q "$W/bb.tar" -o "$W/bb.tar.zst"
	for form in tar tar.gz tar.xz tar.zst; do
		cleat image import "$W/bb.$form" "form-$form:1"
		[ "$(cleat run --rm "form-$form:1" echo "from $form")" = "from $form" ]
	done
}

@test "standard input" {
	cat "$W/bb.tar.gz" | cleat image import - stdin:1
	[ "$(cleat run --rm stdin:1 echo piped)" = piped ]
	run bash -c 'echo "no image" | cleat image import - nothing:1'
	status_is 1
}

@test "a docker-archive, and what its configuration says" {
	cleat image import "$W/archive.tar"
	run cleat run --rm fromdocker:1
	status_is 0
	[ "${lines[0]}" = hello ]
	[ "${lines[1]}" = /tmp ]
	[ "${lines[2]}" = 1000 ]
	run cleat run --rm -e GREETING=bye -w / -u 0 fromdocker:1
	[ "${lines[0]}" = bye ]
	[ "${lines[1]}" = / ]
	[ "${lines[2]}" = 0 ]
	cleat create --name sig fromdocker:1
	run cleat inspect sig
	says SIGUSR1
	cleat rm sig
}

@test "entrypoint and command" {
	cleat image import "$W/entry.tar"
	[ "$(cleat run --rm entry:1)" = "entry default" ]
	[ "$(cleat run --rm entry:1 mine)" = "entry mine" ]
	[ "$(cleat run --rm --entrypoint /bin/echo entry:1 other)" = other ]
}

@test "an OCI layout made by skopeo: directory and tar; several layers by umoci" {
	skopeo --insecure-policy copy -q "docker-archive:$W/archive.tar" "oci:$W/layout:v1"
	cleat image import "$W/layout" layout:v1
	[ "$(cleat run --rm layout:v1 echo dir)" = dir ]
	skopeo --insecure-policy copy -q "docker-archive:$W/archive.tar" "oci-archive:$W/layout.tar:v1"
	cleat image import "$W/layout.tar" layout:tar
	[ "$(cleat run --rm layout:tar echo tar)" = tar ]
	umoci unpack --image "$W/layout:v1" "$W/unpacked"
	echo changed > "$W/unpacked/rootfs/etc/new"
	rm "$W/unpacked/rootfs/bin/wc"
	rm -rf "$W/unpacked/rootfs/home"
	mkdir "$W/unpacked/rootfs/home" && echo in > "$W/unpacked/rootfs/home/fresh"
	umoci repack --image "$W/layout:v2" "$W/unpacked"
	cleat image import "$W/layout" layout:v2 || { mkdir "$W/l2"; skopeo --insecure-policy copy -q "oci:$W/layout:v2" "oci:$W/l2:v2"; cleat image import "$W/l2" layout:v2; }
	run cleat run --rm layout:v2 sh -c 'cat /etc/new; ls /bin/wc; ls /home'
	says changed
	says 'No such file'
	says fresh
}

@test "ownership, modes, hard links, xattrs, devices and sparse files survive" {
	mkdir -p "$W/odd/bin" "$W/odd/dir"
	cp -a "$W/bb/." "$W/odd/"
	echo x > "$W/odd/dir/a" && ln "$W/odd/dir/a" "$W/odd/dir/b"
	chown 1234:4321 "$W/odd/dir/a" && chmod 4751 "$W/odd/dir/a"
	mknod "$W/odd/dir/null" c 1 3
	mkfifo "$W/odd/dir/fifo"
	truncate -s 50M "$W/odd/dir/sparse"
	touch -d '2001-02-03 04:05:06 UTC' "$W/odd/dir"
	python3 -c "import os; os.setxattr('$W/odd/dir/a', 'user.cleat', b'v')"
	cleat image import "$W/odd" odd:1
	run cleat run --rm odd:1 sh -c 'stat -c "%u:%g %a %h" /dir/a; stat -c "%F" /dir/null /dir/fifo; stat -c %s /dir/sparse; du -k /dir/sparse | cut -f1; stat -c %Y /dir'
	[ "${lines[0]}" = "1234:4321 4751 2" ]
	[ "${lines[1]}" = "character special file" ]
	[ "${lines[2]}" = fifo ]
	[ "${lines[3]}" = 52428800 ]
	[ "${lines[4]}" -le 64 ]
	[ "${lines[5]}" = 981173106 ]
	file=$(find "$W/root/snapshots" -path '*/dir/a' | head -1)
	[ "$(python3 -c "import os; print(os.getxattr('$file', 'user.cleat').decode())")" = v ]
}

@test "ls, tag, inspect, and rm gives back every byte" {
	run cleat image ls
	says REPOSITORY
	says fromdocker
	cleat image ls --json | jq -es 'length > 3'
	cleat image tag dir:1 other:2
	[ "$(cleat run --rm other:2 echo tagged)" = tagged ]
	run cleat image inspect other:2
	says sha256
	cleat create --name uses dir:1 true
	run cleat image rm dir:1
	[ "$status" -ne 0 ] || cleat image ls | grep -q other
	cleat rm uses
	for image in $(cleat image ls --json | jq -r '.Repository + ":" + .Tag'); do cleat image rm "$image"; done
	[ -z "$(cleat image ls -q)" ]
	[ "$(find "$W/root/content" -type f | wc -l)" = 0 ]
	until_true 10 sh -c '[ "$(find "$W/root/snapshots/overlay" -mindepth 1 -maxdepth 1 -name "[0-9]*" | wc -l)" = 0 ]'
}

@test "an import that is interrupted leaves nothing" {
	mkfifo "$W/endless"
	(exec 3> "$W/endless"; cat "$W/bb.tar" >&3; read -rt 20 <> <(:)) &
	feeder=$!
	cleat image import - broken:1 < "$W/endless" &
	client=$!
	# What is being written has no name: the program that writes is what can be seen.
	until_true 10 pgrep -P "$(daemon_pid)" -x cleat-layer
	kill -INT $client
	wait $client || :
	kill $feeder 2> /dev/null || :
	until_true 10 sh -c '! pgrep -P "$1" -x cleat-layer' - "$(daemon_pid)"
	[ -z "$(find "$W/root/content" -type f)" ]
	[ -z "$(cleat image ls -q)" ]
}
