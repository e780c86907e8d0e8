#!/usr/bin/env bats
# User namespaces with id mappings, by cleat-oci: root inside is nobody's root outside.
load lib

setup_file() { oci_world userns; }
teardown_file() { oci_world_end; }

MAPS='.linux.namespaces += [{"type": "user"}] | .linux.uidMappings = [{"containerID": 0, "hostID": 100000, "size": 65536}] | .linux.gidMappings = .linux.uidMappings'
# shifted NAME [JQ-FILTER]: a bundle whose files belong to the mapped root.
shifted() {
	bundle "$1" "$MAPS"
	chown -R 100000:100000 "$B/rootfs"
	chmod 755 "$W"
	[ -z "${2:-}" ] || edit "$2"
}

@test "root inside is 100000 outside: its maps, its files, its namespace" {
	shifted root
	runs sh -c 'id -u; cat /proc/self/uid_map /proc/self/gid_map; touch /made; readlink /proc/self/ns/user'
	[ "$status" = 0 ]
	[ "${lines[0]}" = 0 ]
	[ "$(awk '{print $1, $2, $3}' <<< "${lines[1]}")" = '0 100000 65536' ]
	[ "$(awk '{print $1, $2, $3}' <<< "${lines[2]}")" = '0 100000 65536' ]
	[ "${lines[3]}" != "$(readlink /proc/self/ns/user)" ]
	[ "$(stat -c '%u %g' "$B/rootfs/made")" = '100000 100000' ]
}

@test "devices work, and what the host owns stays the host's" {
	shifted dev
	runs sh -c 'echo x > /dev/null && head -c 2 /dev/zero | wc -c; hostname inside && hostname; echo core > /proc/sys/kernel/core_pattern'
	says 2
	[ "$status" -ne 0 ]
	canaries
}

@test "another user, exec into it, and an id that is not mapped" {
	shifted user '.process.user = {"uid": 1000, "gid": 1000, "additionalGids": [50]}'
	runs id
	says 'uid=1000'
	says '50('
	edit '.process.args = ["sleep", "100"]'
	oci run -d -b "$B" user > /dev/null 2>&1 < /dev/null
	[ "$(oci exec user id -u)" = 1000 ]
	[ "$(oci exec -u 5:6 user sh -c 'echo $(id -u):$(id -g)')" = 5:6 ]
	pid=$(oci state user | jq .pid)
	[ "$(stat -c %u "/proc/$pid")" = 101000 ]
	oci delete -f user
	edit '.process.user.uid = 70000 | .process.args = ["true"]'
	fails
	says 70000
}

@test "idmap without mappings of its own takes the container's: what root owns is root's inside" {
	mkdir "$W/owned"
	shifted idmap ".mounts += [{destination: \"/x\", type: \"bind\", source: \"$W/owned\", options: [\"bind\", \"idmap\"]},
		{destination: \"/y\", type: \"bind\", source: \"$W/owned\", options: [\"bind\"]}]"
	runs sh -c 'stat -c %u /x /y; touch /x/made && stat -c %u /x/made'
	[ "$output" = $'0\n65534\n0' ]
	[ "$(stat -c %u "$W/owned/made")" = 0 ]
}

@test "mappings that are none" {
	for edit in '.linux.uidMappings = []' '.linux.uidMappings[0].size = 0' \
		'.linux.uidMappings += [{"containerID": 5, "hostID": 200000, "size": 10}]' \
		'del(.linux.namespaces[] | select(.type == "user"))' '.linux.uidMappings[0].hostID = -1'; do
		shifted bad "$edit"
		fails
		rm -rf "$B"
	done
}
