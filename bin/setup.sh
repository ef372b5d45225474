# shellcheck shell=sh
# Sourced by the other scripts: brings .venv up to the locks and leaves $root and $python.
# Everything it has to say goes to standard error, so that a command's output stays its own.

root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd -P)
python=$root/.venv/bin/python

give_up() {
    echo "vitals: $*" >&2
    exit 1
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in "${PYTHON:-python3}" python3 python3.14 python3.13 python3.12 python3.11; do
        if is_new_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    give_up "Python 3.11 or newer is needed and none was found: install it, or set PYTHON to its path"
}

make_venv() {
    base=$(find_python) || exit 1
    rm -rf "$root/.venv"
    if command -v uv >/dev/null; then
        uv venv --quiet --no-project --python "$base" "$root/.venv" ||
            give_up "The environment $root/.venv could not be made: see above"
        return
    fi
    "$base" -c 'import ensurepip, venv' 2>/dev/null ||
        give_up "Python's venv module is missing: install it (Debian: apt-get install python3-venv)"
    "$base" -m venv "$root/.venv" ||
        give_up "The environment $root/.venv could not be made: see above"
}

# install_locked LOCK...: does nothing while the locks are those that were installed last.
install_locked() {
    wanted=$(cd "$root" && cat "$@" | cksum)
    stamp=$root/.venv/installed-$#
    is_new_enough "$python" && [ "$(cat "$stamp" 2>/dev/null)" = "$wanted" ] && return
    is_new_enough "$python" || make_venv
    echo "vitals: installing what it needs into .venv (once, up to a minute)" >&2
    locks=$(printf -- '-r %s ' "$@")
    if command -v uv >/dev/null; then
        # shellcheck disable=SC2086 # several words on purpose
        (cd "$root" && uv pip install --quiet --python "$python" --require-hashes $locks) >&2
    else
        # shellcheck disable=SC2086
        (cd "$root" && "$python" -m pip install --quiet --disable-pip-version-check \
            --no-input --require-hashes $locks) >&2
    fi || give_up "Installing the dependencies failed: see above"
    echo "$wanted" >"$stamp"
}

# Two scripts at once on a fresh clone must not install into one folder.
set_up() {
    if command -v flock >/dev/null; then
        exec 9<"$root/bin/setup.sh"
        flock 9
    fi
    install_locked "$@"
    exec 9>&-
    # From here on the package is found wherever the caller stands.
    export PYTHONPATH="$root"
}
