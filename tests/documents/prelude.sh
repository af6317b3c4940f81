# What the commands of a page meet here: all packages are installed, and nothing is fetched.
# Read before each of its blocks; `declare -px` after a block hands its variables to the next.

set -e -o pipefail
source "$SESSION/environment"
cd "$(cat "$SESSION/folder")"

# A reader has told git who they are.
export GIT_AUTHOR_NAME=reader GIT_AUTHOR_EMAIL=reader@example.com
export GIT_COMMITTER_NAME=reader GIT_COMMITTER_EMAIL=reader@example.com

fastapi-blocks() {
    case "$1" in
        init | setup | add | update) command fastapi-blocks "$@" --no-install && give_environments ;;
        *) command fastapi-blocks "$@" ;;
    esac
}

# The environment that `init` would have made, with what is in ours.
give_environments() {
    for lock in blocks.lock */blocks.lock; do
        [ ! -e "$lock" ] || [ -e "$(dirname "$lock")/.venv" ] || ln -s "$ENVIRONMENT_OF_PAGES" "$(dirname "$lock")/.venv"
    done
}

pip() { python "$DOCUMENTS/must_be_installed.py" "${@:2}"; }

pipx() { pip "$@"; }

uv() {
    case "$1 $2" in
        "run "*) "${@:2}" ;;
        "tool install") pip "${@:2}" ;;
        "sync "*) ;;
        *) command uv "$@" ;;
    esac
}

# The blocks' own tests take minutes, and tests/project/test_own_tests.py runs them: here they are
# to be there. A page's own tests are run.
pytest() {
    if [ $# = 0 ] || [ -e "$1/block.toml" ]; then
        test -d "${1:-.}/tests"
    else
        command pytest "$@"
    fi
}
