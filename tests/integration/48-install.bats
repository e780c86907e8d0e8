#!/usr/bin/env bats
# cmake --install into a prefix of its own: everything is where a distribution expects it, and it works
# from there without the build tree.
load lib

setup_file() {
	world_make install
	P=$W/prefix
	export P
	BUILD=$(cd "$CLEAT_BIN/.." && pwd)
	export BUILD
	(umask 002 && cmake --install "$BUILD" --prefix "$P" > "$W/install.log")
	# From here on only what was installed; the harness asks CLEAT_BIN whose daemon it is.
	CLEAT_BIN=$P/bin
	PATH=$P/bin:$PATH
	export CLEAT_BIN PATH
}
teardown_file() { CLEAT_BIN=$P/bin world_end; }
setup() { PATH=$P/bin:$PATH; CLEAT_BIN=$P/bin; }

@test "the layout" {
	plugins=$(dirname "$(find "$P/lib" -name runtime-linux.so)")
	for file in bin/cleat bin/cleatd bin/cleat-shim-dl bin/cleat-oci-dl libexec/cleat/cleat-layer etc/cleat/cleat.ini \
		etc/cleat/seccomp.json lib/systemd/system/cleatd.service lib/systemd/system/cleatd.socket include/cleat/plugin.h \
		share/bash-completion/completions/cleat share/man/man1/cleat.1 share/man/man5/cleat.ini.5 share/man/man8/cleatd.8 share/man/man8/cleat-oci.8; do
		[ -s "$P/$file" ] || { echo "not installed: $file" >&2; return 1; }
	done
	[ "$(readlink -f "$P/bin/containerd-shim-cleat-v2")" -ef "$P/bin/cleat-shim" ] ||
		[ "$(readlink -f "$P/bin/containerd-shim-cleat-v2")" -ef "$P/bin/cleat-shim-dl" ]
	for stem in runtime-linux snapshot-overlay restart io-fifo; do [ -s "$plugins/$stem.so" ]; done
	cmp "$P/etc/cleat/cleat.ini" "$TOP/etc/cleat.ini"
	grep -qx "ExecStart=$P/bin/cleatd" "$P/lib/systemd/system/cleatd.service"
	[ -z "$(find "$P" -perm /022 ! -type l)" ] || { find "$P" -perm /022 ! -type l >&2; return 1; }
}

@test "service files of every kind name the installed programs, and a boot script brings containers back" {
	made=$BUILD/etc
	for name in openrc procd rc.local; do sh -n "$made/$name"; done
	# What each service manager would run, asked of the script itself.
	[ "$(sh -c '. "$1"; echo "$command $supervisor"' - "$made/openrc")" = "$P/bin/cleatd supervise-daemon" ]
	cat > "$W/procd.sh" <<-'END'
		procd_open_instance() { :; }
		procd_close_instance() { :; }
		procd_set_param() { echo "$*"; }
		. "$1"
		start_service
	END
	run sh "$W/procd.sh" "$made/procd"
	[ "${lines[0]}" = "command $P/bin/cleatd" ]
	# The boot script: no daemon, a container that wants to run.
	busybox_root "$W/boot"
	cleat run -d --name boots --restart always --rootfs "$W/boot:O" sleep 1000
	pid=$(cleat inspect boots | jq '.[0].State.Pid')
	kill -9 "$(daemon_pid)" "$(awk '{ print $4 }' "/proc/$pid/stat")"
	kill -9 "$pid"
	until_true 5 gone "$pid"
	[ -z "$(daemon_pid)" ]
	sh "$P/share/doc/cleat/rc.local"
	until_true 10 sh -c 'cleat inspect boots | jq -e ".[0].State.Running"'
	cleat rm -f boots
}

@test "pkg-config finds the headers, and a plugin made with them is accepted" {
	PKG_CONFIG_PATH=$(dirname "$(find "$P" -name cleat-sdk.pc)")
	export PKG_CONFIG_PATH
	cp -r "$(pkg-config --variable=template cleat-sdk)" "$W/template"
	make -C "$W/template"
	made=$(find "$W/template" -name '*.so')
	[ -n "$made" ]
	chmod 755 "$W/template"
	chmod 644 "$made"
	run "$P/bin/cleat-conformance" "$made"
	status_is 0
}

@test "the installed configuration is valid, and says where it was read" {
	run env -u CLEAT_CONFIG "$P/bin/cleat" config check
	status_is 0
	run cleat --config "$P/etc/cleat/cleat.ini" config check
	status_is 0
	run cleat plugins ls
	says "$P/lib"
	says_not "$BUILD/"
}

@test "a container runs from there, with the profile that was installed" {
	busybox_image bb:1
	run cleat run --rm bb:1 sh -c 'echo installed; grep Seccomp: /proc/self/status'
	status_is 0
	says installed
	says $'Seccomp:\t2'
	[ "$(readlink "/proc/$(daemon_pid)/exe")" = "$P/bin/cleatd" ]
	cleat run -d --name long bb:1 sleep 100
	shim=$(awk '{print $4}' "/proc/$(cleat inspect long | jq '.[0].State.Pid')/stat")
	[[ $(tr '\0' ' ' < "/proc/$shim/cmdline") == "$P/bin/cleat-shim"* ]]
	cleat rm -f long
}

@test "installed again: a changed configuration is kept, the new one is put beside it" {
	echo '; changed by the administrator' >> "$P/etc/cleat/cleat.ini"
	cmake --install "$BUILD" --prefix "$P" > /dev/null
	grep -q 'changed by the administrator' "$P/etc/cleat/cleat.ini"
	cmp "$P/etc/cleat/cleat.ini.new" "$TOP/etc/cleat.ini"
}
