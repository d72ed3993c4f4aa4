#!/bin/sh
# The leak hunt: records simple_api under load in three languages, labels the phases, stops it as Ctrl-C does, and draws what was recorded.
#
#   examples/leak_hunt.sh                             # does it leak?
#   examples/leak_hunt.sh --leak-per-rejection 4KiB   # and now?
#
# Words are options of simple_api. In the environment: PHASE (length of a phase, 45s), PHASES (others instead, as send_requests takes them, with spaces in
# between), RATE (requests a second, 50), WORKERS (1), and OUT, the folder for what is made (target/leak-hunt).
set -eu
cd "$(dirname "$0")/.."
length=${PHASE:-45s}
phases=${PHASES:-"valid=ok,$length,english english=mixed,$length,english french=mixed,$length,french german=mixed,$length,german"}
out=${OUT:-target/leak-hunt}
recording=$out/leak-hunt.csv
programs=$PWD/target/quick

cargo build --target-dir target --profile quick --bin memrec --example simple_api --example send_requests

mkdir -p "$out"
# Emptied here and not by whoever writes to them: nothing of the last time may be taken for an answer.
: >"$out/access.log"
: >"$out/said"
PATH=$programs/examples:$PATH "$programs/memrec" run --force -o "$recording" -i 200ms --pss 1s \
    --count-log "$out/access.log" --count ok='" 200 ' --count refused='" 422 ' -- \
    simple_api --port 0 --workers "${WORKERS:-1}" --access-log "$out/access.log" "$@" >"$out/said" &
recorder=$!
trap 'kill -INT "$recorder" 2>/dev/null || true; wait "$recorder" || true' EXIT
trap 'exit 130' INT TERM
until url=$(sed -n 's/^listening on //p' "$out/said") && test -n "$url"; do
    kill -0 "$recorder" 2>/dev/null || { echo "leak_hunt.sh: the service did not start; see above why" >&2; exit 1; }
    sleep 0.1
done

set --
for phase in $phases; do
    set -- "$@" --phase "$phase"
done
"$programs/examples/send_requests" --url "$url" --rate "${RATE:-50}" --csv "$out/load.csv" \
    --mark-with "$programs/memrec" --recording "$recording" "$@"

# Does it give anything back when nobody asks it any more?
sleep 5
# What Ctrl-C at the terminal would send to both, memrec passes on to the service.
kill -INT "$recorder"
trap - EXIT
wait "$recorder"

"$programs/memrec" report "$recording"
# One line for each process: the parent stays flat, whatever its worker does.
"$programs/memrec" plot "$recording" --view lines -o "$out/leak-hunt.png"
