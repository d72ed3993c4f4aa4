#!/bin/sh
# Makes the pictures of this folder anew, from the recordings in it. With `record` it makes those recordings anew first that take less than a minute; needs Rust,
# and python3 for some of the programs. Those of the leak hunt are made by examples/leak_hunt.sh and examples/fastapi/all.sh.
set -eu
cd "$(dirname "$0")"
cargo build --quiet --release
memrec=$PWD/../target/release/memrec
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

record() {
    "$memrec" run --quiet --force "$@"
}

if [ "${1-}" = record ]; then
    # A build, as in the README: cargo, its compilers and linkers.
    (export CARGO_TARGET_DIR="$scratch/target"; record -o build.csv -- cargo build --quiet)
    # A server with forked workers that leaks on invalid requests: eight of sixteen seconds are valid ones.
    record -o server.csv -- python3 programs/server.py
    # A server whose workers share what it has loaded.
    record --pss always -o prefork.csv -- python3 programs/prefork.py
    # A daemon that leaves its parent behind. The recording goes on until it ends.
    record --until tree -o daemon.csv -- sh programs/daemon.sh
    # A pipeline; twice, to be laid over each other.
    for size in 16 256; do
        record -i 50ms -o "sort-${size}M.csv" -- sh -c "seq 2000000 | sort -R -S ${size}M -T '$scratch' | sort -n -S ${size}M -T '$scratch' | tail -n 1"
    done
    # What only says on which machine this was made.
    sed -i -e "s#$scratch#/scratch#g" -e "s#$HOME#~#g" -e "s#$(dirname "$PWD")#.#g" -e 's#~/.pyenv/[^ "]*/##g' -e 's#registry/src/[^/"]*#registry/src#g' \
        -e 's#"host":"[^"]*"#"host":"example"#' -e 's#"kernel":"linux \([0-9]*\.[0-9]*\)[^"]*"#"kernel":"linux \1"#' \
        build.events.jsonl server.events.jsonl prefork.events.jsonl daemon.events.jsonl sort-*.events.jsonl
fi

draw() {
    "$memrec" plot "$@"
}

for recording in build server prefork daemon; do
    draw "$recording.csv"
done
draw build.csv --group-by name -o build-names.png
draw sort-16M.csv sort-256M.csv --title 'one pipeline, two sizes of buffers' -o overlay.png
draw prefork.csv --metric pss -o prefork-pss.png
draw server.csv --view lines --window 4,8 -o server-lines.png
draw server.csv --growth --trend --theme dark -o dark.png

draw verdicts/java-keep.csv --growth --trend --limit 512MiB --title 'java -Xmx256m Server.java, which keeps what it is sent' -o java-keep.png

# The leak hunt.
old='hypercorn app:app --workers 1  (fastapi 0.88, hypercorn 0.14)'
draw fastapi-parent-only.dat fastapi-hypercorn-old.csv --title "$old: what mprof saw, and the tree" -o fastapi-parent-only.png
draw fastapi-hypercorn-old.csv --growth --title "$old" -o fastapi-hypercorn-old.png
draw fastapi-hypercorn-today.csv --growth --title 'hypercorn app:app --workers 1  (versions of today)' -o fastapi-hypercorn-today.png
draw fastapi-gunicorn4.csv --growth --title 'gunicorn --workers 4, RSS' -o fastapi-gunicorn4.png
draw fastapi-gunicorn4.csv --growth --metric pss --title 'gunicorn --workers 4, PSS' -o fastapi-gunicorn4-pss.png
draw leak-rust-none.csv --growth --title 'simple_api --workers 1'
draw leak-rust.csv --growth --trend --title 'simple_api --workers 1 --leak-per-rejection 4KiB'
draw leak-rust-kinds.csv --growth --title 'simple_api --workers 1 --leak-per-rejection 4KiB, kind by kind'

# A week, which is made up.
cargo run --quiet --release --example gallery -- "$scratch/gallery" >/dev/null
cp "$scratch/gallery/week-growth.png" week.png

# The terminal's figure as a picture, where the programs for it are.
if command -v aha >/dev/null && command -v chromium >/dev/null; then
    script -qec "stty cols 100 rows 30; TERM=xterm-256color COLORTERM=truecolor '$memrec' plot --terminal server.csv" /dev/null \
        | tr -d '\r' | aha --black --title memrec | sed 's#<pre>#<pre style="font: 16px/1.18 DejaVu Sans Mono, monospace; margin: 16px; white-space: pre">#' >"$scratch/terminal.html"
    chromium --headless --no-sandbox --hide-scrollbars --window-size=1030,640 --screenshot="$PWD/terminal.png" "file://$scratch/terminal.html" 2>/dev/null
fi
