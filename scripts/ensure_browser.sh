#!/usr/bin/env bash
# Makes sure that the browser tests find a Chromium: on the PATH, else from the system's packages, else Playwright's own.
# Usage: ensure_browser.sh PYTHON
set -euo pipefail
python="$1"

have_browser() {
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" >/dev/null && return 0
    done
    "$python" - <<'PY'
import sys
from pathlib import Path
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not Path(playwright.chromium.executable_path).exists())
PY
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

from_system_packages() {
    command -v apt-get >/dev/null && as_root true 2>/dev/null || return 1
    as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
}

have_browser && exit 0
echo "Installing a browser for the tests (once) ..."
from_system_packages || "$python" -m playwright install --with-deps chromium || "$python" -m playwright install chromium || true
have_browser || { echo "No browser: put Chromium or Chrome on the PATH and run again."; exit 1; }
