#!/bin/bash
# Rasa in an environment of its own: finds a Python 3.10 that works, installs, validates, trains, and serves.
#   scripts/rasa.sh [serve|train|validate|install|python]     RASA_LISTEN=127.0.0.1:5005   RASA_PYTHON=/path/to/python3.10
# What it makes lies in .rasa-venv, outside git: packages, Rasa's cache, the model.
set -euo pipefail

step=${1:-serve}
project=nlu/rasa
home=.rasa-venv
model=$home/models/shudong.tar.gz
listen=${RASA_LISTEN:-127.0.0.1:5005}

# Run, not just looked for: a version manager's `python3.10` may be there and start nothing.
usable() {
    "$1" -c 'import sys, ensurepip, venv; sys.exit(sys.version_info[:2] != (3, 10))' >/dev/null 2>&1
}

find_python() {
    local candidate
    for candidate in ${RASA_PYTHON:-} python3.10 python3 "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.10.*/bin/python3.10; do
        if usable "$candidate"; then
            command -v "$candidate"
            return
        fi
    done
    echo "shudong: Rasa 3.6 needs Python 3.10 and none that works was found. Install it, or name it:" >&2
    echo "  make rasa RASA_PYTHON=/path/to/python3.10      or run it in a container: docker compose --profile rasa up" >&2
    return 1
}

install_rasa() {
    cat $project/requirements.txt $project/constraints.txt | cmp --silent - $home/installed.txt && return
    local python
    python=$(find_python)
    echo "shudong: installing Rasa with $python into $home (about 3 GB, some minutes)"
    "$python" -m venv --clear $home
    $home/bin/pip install --quiet --disable-pip-version-check "pip<25" "setuptools<71" wheel
    $home/bin/pip install --quiet --disable-pip-version-check --requirement $project/requirements.txt
    cat $project/requirements.txt $project/constraints.txt >$home/installed.txt
}

rasa() {
    RASA_TELEMETRY_ENABLED=false RASA_CACHE_DIRECTORY="$PWD/$home/cache" TF_CPP_MIN_LOG_LEVEL=3 \
        SQLALCHEMY_SILENCE_UBER_WARNING=1 "$home/bin/rasa" "$@"
}

validate() {
    rasa data validate --domain $project/domain.yml --data $project/data --config $project/config.yml
}

train() {
    if [ -f $model ] && [ -z "$(find $project -name '*.yml' -newer $model)" ]; then
        return
    fi
    validate
    rasa train nlu --nlu $project/data --domain $project/domain.yml --config $project/config.yml \
        --out $home/models --fixed-model-name shudong
}

serve() {
    echo "shudong: Rasa on http://$listen; the app asks it with SHUDONG_RASA_URL=http://$listen"
    # No endpoints: what people write is answered and kept nowhere.
    rasa run --enable-api --model $model --endpoints /dev/null --interface "${listen%:*}" --port "${listen##*:}" --quiet
}

cd "$(dirname "$0")/.."
case $step in
python) find_python ;;
install) install_rasa ;;
validate) install_rasa && validate ;;
train) install_rasa && train ;;
serve) install_rasa && train && serve ;;
*) echo "shudong: rasa.sh knows serve, train, validate, install, python" >&2 && exit 2 ;;
esac
