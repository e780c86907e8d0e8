#!/usr/bin/env bats
# Identity is exact (security.md 1.3): ids never wrap, names are never numbers, nothing is inherited.
load ../lib

setup() { oci_world cred; }
teardown() { oci_world_end; }

@test "U2 (CVE-2016-3697): a numeric name in the image's passwd does not win over the number" {
	bundle u2
	echo '1000:x:0:0::/:/bin/sh' >> "$B/rootfs/etc/passwd"
	edit '.process.args = ["sleep", "1000"]'
	oci create -b "$B" u2
	oci start u2
	run oci exec -u 1000 u2 id -u
	[ "$output" = 1000 ]
}

@test "U3: no capability is left for a user who is not root" {
	bundle u3 '.process.user = {uid: 1000, gid: 1000} | .process.capabilities.ambient = []'
	runs grep -E 'Cap(Prm|Eff|Amb)' /proc/self/status
	[ "$(grep -c 0000000000000000 <<< "$output")" = 3 ]
}

@test "U4 (CVE-2022-29162): inheritable stays empty, also in exec --cap" {
	bundle u4
	[ "$(jq '.process.capabilities.inheritable // [] | length' "$B/config.json")" = 0 ]
	edit '.process.args = ["sleep", "1000"]'
	oci create -b "$B" u4
	oci start u4
	run oci exec --cap CAP_NET_RAW u4 grep CapInh /proc/self/status
	says 0000000000000000
}

@test "U5 (CVE-2025-27612): exec without capabilities gets none that the container lacks" {
	bundle u5
	edit '.process.args = ["sleep", "1000"]'
	oci create -b "$B" u5
	oci start u5
	jq -n '{args: ["grep", "CapEff", "/proc/self/status"], cwd: "/", user: {uid: 0, gid: 0}, env: ["PATH=/bin"]}' > "$W/process.json"
	run oci exec --process "$W/process.json" u5
	status_is 0
	cap=$((16#$(awk '{print $2}' <<< "$output")))
	[ $((cap & (1 << 21))) = 0 ]
}

@test "U6: the caller's groups are gone, the asked ones are there" {
	bundle u6 '.process.user = {uid: 1000, gid: 1000, additionalGids: [5, 6]}'
	runs id -G
	[ "$(tr ' ' '\n' <<< "$output" | sort -n | tr '\n' ' ')" = "5 6 1000 " ]
}

@test "U7 (CVE-2024-40635, 2026-46680): ids out of range are refused" {
	for uid in 4294967296 -1 4294967295 99999999999 1.5 '"0"'; do
		bundle u7 ".process.user.uid = $uid"
		sed -i "s/\"uid\": [^,]*/\"uid\": $uid/" "$B/config.json"
		fails
	done
	bundle u7x
	edit '.process.args = ["sleep", "1000"]'
	oci create -b "$B" u7x
	oci start u7x
	for user in 99999999999 4294967296 4294967295 1:2:3 ' 1' +1 0x0 -1; do
		run oci exec "--user=$user" u7x true
		[ "$status" -ne 0 ] || { echo "exec -u '$user' ran" >&2; return 1; }
	done
}

@test "U8 (CVE-2026-30892): exec -u N is N" {
	bundle u8
	edit '.process.args = ["sleep", "1000"]'
	oci create -b "$B" u8
	oci start u8
	for uid in 0 1 9 10 65534; do
		[ "$(oci exec -u $uid u8 id -u)" = $uid ]
		[ "$(oci exec -u $uid:7 u8 id -g)" = 7 ]
	done
}

@test "U9 (CVE-2026-47262): a gigabyte of /etc/group costs nothing" {
	bundle u9
	truncate -s 1G "$B/rootfs/etc/group"
	truncate -s 1G "$B/rootfs/etc/passwd"
	edit 'del(.process.env[] | select(startswith("HOME")))'
	SECONDS=0
	runs true
	[ $SECONDS -le 3 ]
}

@test "R8: hostile ids" {
	bundle r8
	for id in '' . .. ../x a/b 'a b' $'a\nb' "$(printf 'a%.0s' $(seq 300))" ä .x; do
		run oci create -b "$B" "$id"
		[ "$status" -ne 0 ] || { echo "id '$id' was taken" >&2; return 1; }
	done
	[ -z "$(ls -A "$OCI_ROOT")" ]
}

@test "R20: torture of config.json: an error within a second" {
	bundle r20
	cp "$B/config.json" "$W/good.json"
	torture() { SECONDS=0; run oci create -b "$B" r20; [ "$status" -ne 0 ] && [ $SECONDS -le 2 ] && one_line; }
	python3 -c 'print("["*200000)' > "$B/config.json"; torture
	python3 -c 'print("{\"a\":\"" + "x"*100000000 + "\"}")' > "$B/config.json"; torture
	: > "$B/config.json"; torture
	printf '\xef\xbb\xbf' > "$B/config.json"; cat "$W/good.json" >> "$B/config.json"; torture
	{ cat "$W/good.json"; echo x; } > "$B/config.json"; torture
	sed 's/"ociVersion"/"ociVersion": "1.0.2", "ociVersion"/' "$W/good.json" > "$B/config.json"; torture
	rm "$B/config.json"; mkfifo "$B/config.json"; torture
	rm "$B/config.json"; mkdir "$B/config.json"; torture
	rmdir "$B/config.json"; torture
}

@test "R22: output that cannot be written is an error" {
	bundle r22
	oci create -b "$B" r22
	run bash -c "cleat-oci --root '$OCI_ROOT' state r22 > /dev/full"
	[ "$status" -ne 0 ]
	run bash -c "cleat-oci --root '$OCI_ROOT' list > /dev/full"
	[ "$status" -ne 0 ]
}

@test "R23: standard descriptors that are closed" {
	bundle r23
	edit '.process.args = ["sh", "-c", "ls -l /proc/self/fd > /out"]'
	cleat-oci --root "$OCI_ROOT" run -b "$B" r23 <&- >&- 2>&-
	[ "$(grep -c /dev/null "$B/rootfs/out")" -ge 2 ]
	not grep -E 'oci|socket' "$B/rootfs/out"
}

@test "R24: ignored and blocked signals of the caller do not reach the program" {
	bundle r24
	(trap '' HUP PIPE TERM USR1; edit '.process.args = ["grep", "-E", "Sig(Blk|Ign)", "/proc/self/status"]'; oci run -b "$B" r24 > "$W/sig")
	[ "$(grep -c 0000000000000000 "$W/sig")" = 2 ]
}

@test "R30: signals" {
	bundle r30
	edit '.process.args = ["sleep", "1000"]'
	oci create -b "$B" r30
	oci start r30
	for bad in FOO 65 -1 1x ''; do
		run oci kill r30 "$bad"
		[ "$status" -ne 0 ] || { echo "signal '$bad' was taken" >&2; return 1; }
	done
	oci kill r30 KILL
	until_true 5 sh -c '[ "$(cleat-oci --root "$OCI_ROOT" state r30 | jq -r .status)" = stopped ]'
	run oci kill r30 TERM
	says 'not running'
}
