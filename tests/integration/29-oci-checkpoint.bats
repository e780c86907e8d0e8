#!/usr/bin/env bats
# cleat-oci: checkpoint and restore on this machine's own kernel. Debian's criu 3.17 is too old for Linux 6.18: then its
# own words are the story, and the container must not notice. tests/vm/guest/60-checkpoint.sh tells the rest on 6.1.
load lib
load lib/oci

setup_file() { oci_rootfs; }
setup() { oci_world checkpoint; }
teardown() { oci_world_end; }

@test "checkpoint and restore, or criu's own reason and a container that goes on" {
	reach running
	captured oci checkpoint --image-path "$W/images" "$ID"
	if [ "$status" -eq 0 ]; then
		absent
		captured oci restore -d -b "$BUNDLE" --image-path "$W/images" "$ID"
		status_is 0
	else
		one_line
		says "criu failed: type DUMP errno"
		says "(criu/"
	fi
	in_state running
	captured oci exec "$ID" true
	status_is 0
}

@test "images that are none: a sentence, and nothing is left" {
	reach none
	mkdir "$W/images"
	captured oci restore -d -b "$BUNDLE" --image-path "$W/images" "$ID"
	status_is 1
	one_line
	says "criu failed: type RESTORE errno"
	absent
	captured oci restore -d -b "$BUNDLE" --image-path "$W/nothing" "$ID"
	status_is 1
	one_line
	says "cannot open the images '$W/nothing'"
	absent
}

@test "a criu that ends without a word: the container goes on" {
	reach running
	mkdir "$W/bin"
	printf '#!/bin/sh\nexit 3\n' > "$W/bin/criu"
	chmod +x "$W/bin/criu"
	PATH=$W/bin:$PATH captured oci checkpoint --image-path "$W/images" "$ID"
	status_is 1
	one_line
	says "criu failed: type DUMP errno 0"
	in_state running
}

@test "flags of runc that cannot be kept are refused" {
	reach running
	captured oci checkpoint --lazy-pages --image-path "$W/images" "$ID"
	status_is 1
	says "lazy-pages is not supported"
	captured oci checkpoint --page-server localhost:1 --image-path "$W/images" "$ID"
	status_is 1
	says "page-server is not supported"
	captured oci checkpoint --empty-ns pid --image-path "$W/images" "$ID"
	status_is 1
	says "empty-ns"
	captured oci checkpoint --help
	status_is 0
	says "--leave-running"
	in_state running
}
