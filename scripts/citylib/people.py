"""Workers, who answers for which grid, and when they are on duty."""

import secrets
from datetime import datetime, timezone

FAMILY = "陈林黄李梁张吴郑何刘冯周罗杨欧阳萧郭高谭邓"
GIVEN = ("志强", "美玲", "建华", "晓燕", "伟明", "丽珍", "国栋", "秀芳", "家豪", "雅婷", "永健", "惠仪", "子轩", "嘉欣", "文杰", "淑贞")
PRIMARY, DEPUTY, GRID_HEAD = "primary", "deputy", "grid_head"
DEMO_WORKERS = 4


def worker_id(number):
    return f"W{number:06d}"


def worker_name(number):
    """Invented."""
    family = FAMILY[number * 7 % len(FAMILY)]
    return family + GIVEN[number * 5 % len(GIVEN)]


def workers(count):
    return [{"id": worker_id(n), "name": worker_name(n)} for n in range(1, count + 1)]


def stamp(when):
    return when.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def shifts(count, begin, end):
    """Everybody is on duty all the time: it is a demonstration."""
    return [{"worker_id": worker_id(n), "from": stamp(begin), "to": stamp(end)} for n in range(1, count + 1)]


def accounts(gateway, count):
    """An account for each worker, named like him; nobody can log in with it, an administrator makes its tokens. A few have
    one with a password besides: worker1, worker2, ..."""
    gateway.put_accounts([{"username": worker_id(n).lower(), "role": "worker", "worker_id": worker_id(n)}
                          for n in range(1, count + 1)])
    known = {a["username"] for a in gateway.accounts}
    new = [{"username": f"worker{n}", "password": secrets.token_urlsafe(15), "role": "worker", "worker_id": worker_id(n)}
           for n in range(1, min(DEMO_WORKERS, count) + 1) if f"worker{n}" not in known]
    if new:
        gateway.put_accounts(new)
        gateway.remember(new)


def now():
    return datetime.now(timezone.utc)
