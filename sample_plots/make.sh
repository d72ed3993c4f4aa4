#!/bin/sh
# Makes the recordings and the pictures of this folder anew. Needs Rust, and python3 for some of the programs.
set -eu
cd "$(dirname "$0")"
cargo build --quiet --release
memrec=$PWD/../target/release/memrec
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

record() {
    "$memrec" run --quiet --force "$@"
}

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
    -e 's#"host":"[^"]*"#"host":"example"#' -e 's#"kernel":"linux \([0-9]*\.[0-9]*\)[^"]*"#"kernel":"linux \1"#' ./*.events.jsonl

for recording in build server prefork daemon; do
    "$memrec" plot "$recording.csv"
done
"$memrec" plot sort-16M.csv sort-256M.csv --title 'one pipeline, two sizes of buffers' -o overlay.png
"$memrec" plot prefork.csv --metric pss -o prefork-pss.png
"$memrec" plot server.csv --view lines --window 4,8 -o server-lines.png
