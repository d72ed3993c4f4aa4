#!/bin/sh
# Makes the recordings of this experiment that are kept in sample_plots/ anew: fifteen runs of more than five minutes, two at a time, 45 minutes in all.
set -eu
cd "$(dirname "$0")"
if [ -z "${MEMREC:-}" ]; then
    cargo build --quiet --release
    MEMREC=$PWD/../../target/release/memrec
fi
export MEMREC
plots=$PWD/../../sample_plots

run() {
    to=$plots/fastapi-$1
    shift
    python3 experiment.py "$@" --output "$to"
}

# The environments first: the two rows below would both make them.
for versions in old today; do
    python3 experiment.py uvicorn --versions $versions --mprof --seconds 1
done

(
    for versions in old today; do
        run hypercorn-$versions.csv hypercorn --versions $versions
        for mix in valid rejected; do
            run hypercorn-$versions-$mix.csv hypercorn --versions $versions --mix $mix
        done
    done
    # Rejected ones that are no longer than the valid ones, and valid ones that are as long as the mixed ones.
    run hypercorn-old-misnamed.csv hypercorn --versions old --mix misnamed
    DOC_LENGTH_LIMIT=100000 run hypercorn-old-valid-long.csv hypercorn --versions old --mix valid
) &
(
    # What watches the parent alone sees, of the same load.
    run parent-only.dat hypercorn --versions old --mprof
    for server in gunicorn uvicorn; do
        workers=1 name=$server
        if [ $server = gunicorn ]; then workers=4 name=gunicorn4; fi
        run $name.csv $server --versions today --workers $workers
        for mix in valid rejected; do
            run $name-$mix.csv $server --versions today --workers $workers --mix $mix
        done
    done
) &
wait

# What only says on which machine this was made.
sed -i -e "s#$(cd ../.. && pwd)#.#g" -e 's#"host":"[^"]*"#"host":"example"#' -e 's#"kernel":"linux \([0-9]*\.[0-9]*\)[^"]*"#"kernel":"linux \1"#' \
    "$plots"/fastapi-*.events.jsonl "$plots"/fastapi-*.dat
