"""One supervised process: start, notice its end, start again with back-off, stop."""

import os
import signal
import subprocess
import time

RESTART_FIRST_S = 0.1   # after a death out of a steady life
RESTART_MAX_S = 5.0     # after many quick deaths
STEADY_S = 3.0          # a life this long forgives the deaths before it
LOG_MAX = 64 << 20      # a larger log is put aside as NAME.log.1 at the next start


class Child:
    def __init__(self, place, name, user, argv, env, stop_signal=signal.SIGTERM, patience_s=12.0):
        self.place, self.name, self.user, self.argv, self.env = place, name, user, argv, env
        self.stop_signal, self.patience_s = stop_signal, patience_s
        self.process = None
        self.started = 0.0
        self.due = 0.0        # when to start again; 0 = not waiting
        self.delay = RESTART_FIRST_S
        self.restarts = 0
        self.http = None      # address of /readyz, if it has one

    @property
    def pid(self):
        return self.process.pid if self.process else None

    @property
    def log_path(self):
        return self.place.log / f"{self.name}.log"

    @property
    def hold_path(self):
        """While this file exists the process is not started again."""
        return self.place.run / f"{self.name}.hold"

    def start(self):
        if self.log_path.exists() and self.log_path.stat().st_size > LOG_MAX:
            self.log_path.replace(self.log_path.with_suffix(".log.1"))
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(self.place.command(self.user, self.argv), stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, env=self.env, cwd="/", start_new_session=True)
        self.started = time.monotonic()
        self.due = 0.0
        (self.place.run / f"{self.name}.pid").write_text(f"{self.pid}\n")

    def reap(self):
        """Returns the exit status when the process has just ended (negative = signal), else None."""
        if not self.process:
            return None
        status = self.process.poll()
        if status is None:
            return None
        lived = time.monotonic() - self.started
        asked = status in (0, -signal.SIGTERM)
        self.process = None
        (self.place.run / f"{self.name}.pid").unlink(missing_ok=True)
        if lived >= STEADY_S or asked:
            self.delay = RESTART_FIRST_S
        self.due = time.monotonic() + self.delay
        if lived < STEADY_S:
            self.delay = min(self.delay * 2, RESTART_MAX_S)
        self.restarts += 1
        return status

    def signal(self, number):
        if self.process and self.process.poll() is None:
            os.kill(self.pid, number)

    def stop_asked(self):
        self.due = 0.0
        self.signal(self.stop_signal)
        self.signal(signal.SIGCONT)

    def stop_wait(self, deadline):
        """Waits for the end, kills at the deadline. True when it went by itself."""
        if not self.process:
            return True
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
            return True
        except subprocess.TimeoutExpired:
            self.signal(signal.SIGKILL)
            self.process.wait()
            return False
        finally:
            self.process = None
            (self.place.run / f"{self.name}.pid").unlink(missing_ok=True)

    def log_tail(self):
        return tail_of(self.log_path)


def tail_of(path, lines=12):
    """The last lines of a log, each on a line of its own, indented."""
    try:
        with open(path, "rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - 8192))
            tail = log.read().decode(errors="replace").splitlines()[-lines:]
    except OSError:
        tail = []
    return "".join(f"\n    {line[:400]}" for line in tail) or "\n    (empty log)"
