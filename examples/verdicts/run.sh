#!/bin/sh
# Records one of the servers of docs/VERDICTS.md under a steady load: run.sh NAME [SECONDS]. The recording goes to target/verdicts/NAME.csv.
# Needs what the server needs: node, java, go, redis-server, nginx, or PostgreSQL with pgbench. Nothing is sent but to 127.0.0.1.
set -eu
name=$1 seconds=${2:-480}
here=$(cd "$(dirname "$0")" && pwd)
out=$here/../../target/verdicts
memrec=${MEMREC:-$here/../../target/release/memrec}
mkdir -p "$out"
cd "$out"
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')

kind=http rate=50 size=4096
case $name in
    node-*) set -- node "$here/server.js" "$port" "${name#node-}" ;;
    # Its heap is resident from the beginning.
    java-touched) set -- java -Xms256m -Xmx256m -XX:+AlwaysPreTouch -Dsun.net.httpserver.nodelay=true "$here/Server.java" "$port" keep ;;
    java-*) set -- java -Xmx256m -Dsun.net.httpserver.nodelay=true "$here/Server.java" "$port" "${name#java-}" ;;
    go-*) go build -o go-server "$here/server.go"; set -- ./go-server "$port" "${name#go-}" ;;
    redis-*)
        kind=redis rate=200 size=450
        set -- redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no
        ;;
    nginx)
        kind=get rate=200
        mkdir -p nginx/html && echo hello > nginx/html/index.html
        cat > nginx/nginx.conf <<CONF
worker_processes 2; pid nginx.pid; daemon off; error_log error.log;
events { }
http { access_log access.log; client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server { listen 127.0.0.1:$port; root html; } }
CONF
        set -- nginx -p "$PWD/nginx" -c nginx.conf
        ;;
    postgres)
        [ "$(id -u)" != 0 ] || as='setpriv --reuid=65534 --regid=65534 --clear-groups'
        data=$(mktemp -d)
        [ "$(id -u)" != 0 ] || chown 65534 "$data"
        (cd / && ${as:-} initdb -D "$data" -U me -A trust > /dev/null)
        set -- ${as:-} postgres -D "$data" -p "$port" -h 127.0.0.1 -k "$data"
        ;;
    *)
        echo "$name is none of: node-keep node-drop java-keep java-drop java-touched go-drop redis-keep nginx postgres" >&2
        exit 2
        ;;
esac

"$memrec" run --force -i "${INTERVAL:-500ms}" -o "$name.csv" -- "$@" > "$name.log" 2>&1 &
recorder=$!
trap 'kill $recorder 2>/dev/null || true' EXIT
if [ "$name" = postgres ]; then
    until psql -h 127.0.0.1 -p "$port" -U me -c 'select 1' postgres > /dev/null 2>&1; do sleep 0.2; done
    pgbench -h 127.0.0.1 -p "$port" -U me -i -s 5 -q postgres > /dev/null 2>&1
    pgbench -h 127.0.0.1 -p "$port" -U me -c 4 -R 50 -T "$seconds" postgres | grep -E 'processed|tps'
else
    python3 "$here/load.py" $kind "$port" $rate "$seconds" $size
fi
kill -TERM $recorder
wait $recorder || true
trap - EXIT
"$memrec" report "$name.csv"
