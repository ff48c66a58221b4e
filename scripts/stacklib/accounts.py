"""The first accounts of a stack: one of each role with a fresh random password, in accounts.json and in the database."""

import json
import secrets
import subprocess

from .settings import StackError, write_file

FIRST = ({"username": "admin", "role": "admin"},
         {"username": "operator", "role": "operator"},
         {"username": "dispatcher", "role": "dispatcher"},
         {"username": "supervisor", "role": "supervisor"},
         {"username": "worker1", "role": "worker", "worker_id": "W000001"})


def ensure(place, env):
    """Written to the file first, then to the database by paidan_account, then marked done: a kill between leaves
    nothing that the next start does not finish. env is that of the gateway."""
    done = place.run / "accounts.done"
    if done.exists() and place.accounts_file.exists():
        return False
    if not place.accounts_file.exists():
        accounts = [dict(a, password=secrets.token_urlsafe(15)) for a in FIRST]
        write_file(place.accounts_file, json.dumps(accounts, indent=1) + "\n", 0o600)
    for account in json.loads(place.accounts_file.read_text()):
        argv = [place.bin / "paidan_account", account["username"], account["role"]]
        if account.get("worker_id"):
            argv.append(account["worker_id"])
        made = subprocess.run(place.command(place.run_user, argv), input=account["password"] + "\n", env=env, cwd="/",
                              capture_output=True, text=True, check=False)
        if made.returncode:
            raise StackError(f"cannot make account {account['username']}: {(made.stderr or made.stdout).strip()}")
    done.write_text("")
    return True
