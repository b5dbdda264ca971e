#!/usr/bin/env bash
# Finds the browser of the tests, or installs Debian's Chromium, and prints its path. With --find it installs nothing.
# Without a browser it says what to do. In CI that is an error; elsewhere the tests of the pages are skipped, because not
# everyone may install packages.
set -euo pipefail

find_browser() {
    local name
    for name in "${TIEOUT_CHROMIUM:-}" chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable \
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"; do
        if [[ -n $name ]] && command -v "$name"; then
            return 0
        fi
    done
    return 1
}

find_browser && exit
if [[ ${1:-} != --find && $(id -u) == 0 ]] && command -v apt-get >/dev/null; then
    # Without the recommended packages, but with the font whose widths the pages expect.
    packages=(chromium-headless-shell fonts-liberation)
    if { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends "${packages[@]}"; } \
        >/dev/null 2>&1; then
        find_browser && exit
    fi
fi
echo "There is no Chromium, so the pages of the site are not tested in a browser. Install it (Debian, as root: apt-get" \
    "install chromium-headless-shell), or name one: TIEOUT_CHROMIUM=/path/to/chrome" >&2
[[ ${CI:-} != true ]]
