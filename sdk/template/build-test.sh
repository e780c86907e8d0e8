#!/bin/bash
# build-test.sh BUILD - the promise to plugin authors: install the SDK alone, build the template outside
# of the tree with nothing but pkg-config, and have it judged.
set -euo pipefail
build=$1
work=$(mktemp -d /tmp/cleat-template-XXXXXX)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --component sdk --prefix "$work/sdk" > "$work/install.log" || { cat "$work/install.log"; exit 1; }
pc=$(find "$work/sdk" -name cleat-sdk.pc -printf '%h')
export PKG_CONFIG_PATH=$pc PATH="$work/sdk/bin:$PATH"
cp -r "$(pkg-config --variable=template cleat-sdk)" "$work/mine"
cd "$work/mine"
make CFLAGS='-O2 -Wall -Wextra -Werror'
make check
make install DESTDIR="$work/root" PLUGINDIR=/plugins
test -f "$work/root/plugins/restart-strikes.so"
