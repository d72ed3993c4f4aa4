#!/usr/bin/env python3
"""Records a Python web service under load with memrec, from its first moment to Ctrl-C: README.md beside this file.

Needs Python and memrec; what else is needed is installed into target/fastapi. Nothing is sent but to 127.0.0.1.
"""

import argparse
import fcntl
import http.client
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import termios
import time

import growth
import send

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LIMIT = int(os.environ.get("DOC_LENGTH_LIMIT", "50000"))


def typed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.ArgumentDefaultsHelpFormatter)
    parser.add_argument("server", choices=["hypercorn", "uvicorn", "gunicorn"])
    # The old ones have no wheels for a newer Python.
    versions = "old" if sys.version_info < (3, 12) else "today"
    parser.add_argument("--versions", choices=["old", "today"], default=versions, help="which requirements-*.txt")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--mix", choices=send.MIXES, default="mixed", help="which requests are sent")
    parser.add_argument("--seconds", type=float, default=100, help="length of each of the three phases")
    parser.add_argument("--rate", type=float, default=50, help="requests a second")
    parser.add_argument("--interval", default="500ms", help="memrec's")
    parser.add_argument("--seed", default="1", help="of lengths and characters")
    parser.add_argument("--output", type=pathlib.Path, help="the recording [default: target/fastapi/SERVER-VERSIONS-MIX.csv]")
    parser.add_argument("--mprof", action="store_true", help="let 'mprof run' watch it in memrec's place")
    parser.add_argument("--memrec", default=os.environ.get("MEMREC"), help="the program [default: built by cargo]")
    return parser.parse_args()


def environment(versions, mprof):
    """The bin folder of a virtual environment with exactly these versions."""
    folder = ROOT / "target" / "fastapi" / versions
    wanted = [HERE / f"requirements-{versions}.txt"] + [HERE / "requirements-mprof.txt"] * mprof
    stamp = folder / "installed"
    text = "".join(path.read_text() for path in wanted)
    if not stamp.exists() or text not in stamp.read_text():
        print(f"installing {', '.join(path.name for path in wanted)} into {folder}", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        named = [word for path in wanted for word in ("-r", path)]
        subprocess.run([folder / "bin/pip", "install", "-q", "--disable-pip-version-check", *named], check=True)
        stamp.write_text(text)
    return folder / "bin"


def memrec(given):
    if given:
        return shutil.which(given) or given
    print("building memrec", file=sys.stderr)
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=ROOT, check=True)
    return ROOT / "target/release/memrec"


def command(server, workers, port, access):
    """What starts the service. The log of requests is the file `access`, which is also where stdout goes."""
    bind, workers = f"127.0.0.1:{port}", str(workers)
    if server == "hypercorn":
        return ["hypercorn", "app:app", "--bind", bind, "--workers", workers, "--access-logfile", access]
    if server == "uvicorn":
        return ["uvicorn", "app:app", "--host", "127.0.0.1", "--port", str(port), "--workers", workers, "--no-use-colors"]
    worker = ["--worker-class", "uvicorn.workers.UvicornWorker", "--access-logfile", access]
    return ["gunicorn", "app:app", "--bind", bind, "--workers", workers, *worker]


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def start(arguments, environ, access, told):
    """Starts it at a terminal of its own, so that a Ctrl-C can be typed there. Returns it, and what types."""
    ours, its = os.openpty()

    def before():
        os.setsid()
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    started = subprocess.Popen(arguments, env=environ, stdin=its, stdout=access, stderr=told, preexec_fn=before)
    os.close(its)
    return started, lambda: os.write(ours, b"\x03")


def healthy(port, started, told):
    for _ in range(600):
        if started.poll() is not None:
            sys.exit(f"the service ended at once; {told.name} says why")
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/health")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.1)
    sys.exit("the service does not answer")


def main():
    options = typed()
    folder = ROOT / "target" / "fastapi"
    name = f"{options.server}-{options.versions}-{options.mix}"
    recording = (options.output or folder / (name + (".dat" if options.mprof else ".csv"))).resolve()
    programs, recorder = environment(options.versions, options.mprof), memrec(options.memrec)
    logs = folder / "logs" / recording.stem
    shutil.rmtree(logs, ignore_errors=True)
    logs.mkdir(parents=True)
    access, told = open(logs / "access.log", "ab"), open(logs / "stderr.log", "wb")

    port = free_port()
    server = command(options.server, options.workers, port, access.name)
    server[0] = str(programs / server[0])
    watched = [recorder, "run", "--force", "-i", options.interval, "--pss", "always", "-o", recording]
    watched += ["--count-log", access.name, "--count", r'valid="POST .*" 200\b', "--count", r'rejected="POST .*" 422\b', "--"]
    if options.mprof:
        recording.unlink(missing_ok=True)
        watched = [programs / "python", programs / "mprof", "run", "--nopython", "-o", recording]
    environ = dict(os.environ, PYTHONPATH=str(HERE), PYTHONDONTWRITEBYTECODE="1", PYTHONUNBUFFERED="1")
    started, press_ctrl_c = start([*watched, *server], environ, access, told)

    def mark(label):
        if not options.mprof:
            subprocess.run([recorder, "mark", "--recording", recording, label], check=True)

    try:
        healthy(port, started, told)
        time.sleep(2)
        for language, text in send.TEXTS.items():
            label = language if options.mix == "mixed" else f"{language}, {options.mix}"
            mark(label)
            counts = send.send(port, text, LIMIT, options.mix, options.rate, options.seconds, f"{options.seed} {language}")
            print(f"{label}: {', '.join(f'{count} × {status}' for status, count in sorted(counts.items()))}", flush=True)
        mark("idle")
        # Whether what was taken is given back.
        time.sleep(min(10, options.seconds))
        press_ctrl_c()
        started.wait(60)
    finally:
        if started.poll() is None:
            started.send_signal(signal.SIGKILL if options.mprof else signal.SIGTERM)
    if not options.mprof:
        subprocess.run([recorder, "report", recording], check=True)
        growth.tell(recording)
        subprocess.run([recorder, "plot", recording], check=True)
    print(recording)


if __name__ == "__main__":
    main()
