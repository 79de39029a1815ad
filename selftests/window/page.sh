#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# page.sh [--url URL]: the page of the window in Chromium, against mock.mjs, or
# against a module that lets us look in. Pictures: build/logs/window.
. "$(dirname "$0")/../../scripts/common.sh"

for program in node chromium; do
	command -v $program >/dev/null || { echo "# no $program"; exit 4; }
done
mkdir -p "$LOGS/window"
exec node "$TOP/selftests/window/page.mjs" --shots "$LOGS/window" "$@"
