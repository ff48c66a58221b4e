"""What the bus may bring at worst: every service answers or sets aside with a reason, none dies, and nothing of the business changes."""

import os
import random
import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lib"))

from minibus import pack  # noqa: E402
from rig import HEARS, SERVICES, Rig, new_id, wait_for  # noqa: E402

COMMANDS = {"intake": ("register", "accept", "answer_directly", "reject", "cancel", "visit", "reopen", "archive", "disclose"),
            "assign": ("dispatch", "sign", "start", "feed_back", "review_pass", "review_fail", "import_city", "reassign", "put_leave", "cancel_leave",
                       "set_duty"),
            "notify": ("acknowledge",), "audit": ()}
QUERIES = {"intake": ("get_request", "list_requests", "get_texts"), "assign": ("get_order", "list_orders", "locate", "get_texts", "list_workers", "get_worker", "list_vacant", "list_accountable"),
           "notify": ("undelivered", "list_deliveries"), "audit": ("trace", "counts")}
ALL_COMMANDS = [f"pd.cmd.{s}.{w}" for s, words in COMMANDS.items() for w in (*words, "replay_dead_letter")]
ALL_QUERIES = [f"pd.qry.{s}.{w}" for s, words in QUERIES.items() for w in (*words, "dead_letters")]
OPERATOR, WORKER, ADMIN = 1, 3, 5
GARBAGE = (b"\xff" * 40, b"\x0a\x7f", b"\x00", b"\x08" + b"\xff" * 11, bytes(range(1, 200)))
LAST_NUMBER = (1 << 63) - 1


@pytest.fixture(scope="module")
def rig():
    with Rig() as made:
        made.walk_one()
        made.before = made.pids()
        yield made
        made.prove()


@pytest.fixture(autouse=True)
def nobody_dies(rig):
    """After each test: the same processes, and a walk works."""
    yield
    assert rig.pids() == rig.before, rig.log_tail()
    rig.walk_one()


def command(payload, role=ADMIN, **fields):
    actor = [(1, role), (2, str(new_id())), (3, fields.get("worker", "W000901" if role == WORKER else ""))]
    return pack([(1, fields["key"])] if "key" in fields else []) + pack([(2, actor), (5, payload)])


def batch(*commands):
    return pack([(1, one) for one in commands])


def refused(replies, count=1):
    """Each reply is a problem of the asker's, with words."""
    return len(replies) == count and all(400 <= status < 500 and code and detail for status, code, detail in replies)


def refused_or_listed(subject, replies, count=1):
    """A list may ignore what it does not know, and find nothing."""
    lists = subject.rsplit(".", 1)[1] in ("list_requests", "list_orders", "counts", "locate", "undelivered", "dead_letters", "import_city",
                                          "get_texts", "list_deliveries", "list_workers", "list_vacant", "list_accountable",
                                          "set_duty")  # any number is a truth value, and this one is true already
    return len(replies) == count and all(lists and one[0] == 200 or refused([one]) for one in replies)


# ---- commands and queries

@pytest.mark.parametrize("subjects", [ALL_COMMANDS, ALL_QUERIES], ids=["commands", "queries"])
def test_bytes_that_are_no_message_are_answered_so(rig, subjects):
    for subject in subjects:
        for bytes_ in GARBAGE:
            assert refused(rig.ask(subject, bytes_)), (subject, bytes_)
        replies = rig.ask(subject, batch(command(GARBAGE[0]), command(GARBAGE[1])))
        assert refused(replies, 2), (subject, replies)
        assert refused(rig.ask(subject, batch(command(pack([(1, str(new_id()))])))[:-3])), subject


def test_empty_messages_are_answered(rig):
    for subject in ALL_COMMANDS:
        assert refused(rig.ask(subject, b"")), subject
    for subject in ALL_QUERIES:
        assert rig.ask(subject, b"") == [], subject  # no query, no answer in the batch
    for subject in ALL_COMMANDS + ALL_QUERIES:  # a command without anything: nobody asks for nothing
        assert refused(rig.ask(subject, batch(b"", b"")), 2), subject


def test_names_that_do_not_exist_are_told(rig):
    for service in SERVICES:
        for name in ("nonsense", "REGISTER", "*", "x" * 200):
            for kind in ("cmd", "qry"):
                replies = rig.ask(f"pd.{kind}.{service}.{name}", batch(command(b"")))
                assert refused(replies) and "no such" in replies[0][2].lower(), (kind, service, name, replies)


def test_payloads_of_another_type_are_refused(rig):
    others = (pack([(1, [(1, "442000"), (2, "x")]), (2, [(1, "1")])]),           # an import where an id stands
              pack([(1, LAST_NUMBER), (2, 1 << 40), (3, 7)]),                    # numbers where words stand
              pack([(1, 1.5), (2, 2.5)]))                                        # doubles
    commands = [command(payload, role) for payload in others for role in (OPERATOR, WORKER, ADMIN)]
    for subject in ALL_COMMANDS + ALL_QUERIES:
        replies = rig.ask(subject, batch(*commands))
        assert refused_or_listed(subject, replies, len(commands)), (subject, replies)


def test_numbers_that_no_enumeration_has_are_refused(rig):
    numbers = (99, 8, 32767, 65537, (1 << 31) - 1, -1, LAST_NUMBER)
    strangers = [command(pack([(1, str(new_id()))]), number) for number in numbers]
    for subject in ALL_COMMANDS + ALL_QUERIES:
        replies = rig.ask(subject, batch(*strangers))
        assert refused_or_listed(subject, replies, len(strangers)), (subject, replies)
    place = [(1, 22.5), (2, 113.4)]
    registrations = [[(1, n), (2, "0102.litter"), (3, 1), (4, "路灯"), (5, place)] for n in numbers] + \
                    [[(1, 1), (2, "0102.litter"), (3, n), (4, "路灯"), (5, place)] for n in numbers]
    replies = rig.ask("pd.cmd.intake.register", batch(*[command(pack(r), OPERATOR) for r in registrations]))
    assert len(replies) == 14 and all(status < 500 for status, _, _ in replies)
    request = rig.dispatched()
    worker = {"role": WORKER, "worker": request["worker_id"]}
    assert rig.ask("pd.cmd.assign.sign", batch(command(pack([(1, request["order_id"])]), **worker)))[0][0] == 200
    feedback = [command(pack([(1, request["order_id"]), (3, n), (4, "x")]), **worker) for n in (0, *numbers)]
    assert refused(rig.ask("pd.cmd.assign.feed_back", batch(*feedback)), len(feedback))
    ends = [command(pack([(1, request["id"]), (2, n), (4, "x")]), OPERATOR) for n in numbers]
    assert refused(rig.ask("pd.cmd.intake.visit", batch(*ends)), len(ends))


def test_strange_strings_are_refused(rig):
    texts = (b"\xff\xfe\xc0\x80", b"a\x00b", "’; DROP TABLE x; --".encode(), b"%s%n%s", b"0" * 100000, b"../../etc/passwd")
    commands = [command(pack([(n, text)])) for text in texts for n in (1, 2, 3)]
    for subject in ALL_COMMANDS + ALL_QUERIES:
        replies = rig.ask(subject, batch(*commands))
        assert refused_or_listed(subject, replies, len(commands)), (subject, replies)


def test_what_is_too_large_is_refused(rig):
    huge = b"x" * 3_000_000
    many = batch(*[command(b"", OPERATOR)] * 600)
    request = rig.dispatched()
    worker = {"role": WORKER, "worker": request["worker_id"]}
    rig.ask("pd.cmd.assign.sign", batch(command(pack([(1, request["order_id"])]), **worker)))
    assert refused(rig.ask("pd.cmd.assign.feed_back", batch(command(pack([(1, request["order_id"]), (3, 1), (4, huge)]), **worker))))
    for subject in ALL_COMMANDS:
        assert refused(rig.ask(subject, batch(command(pack([(1, str(new_id())), (4, huge)]), OPERATOR)), timeout=30)), subject
        assert refused(rig.ask(subject, many)), subject
    for subject in ALL_QUERIES:
        assert refused_or_listed(subject, rig.ask(subject, batch(command(pack([(1, str(new_id())), (4, huge)]))), timeout=30)), subject


def test_keys_of_another_length_are_no_keys(rig):
    """No crash and no answer of somebody else's."""
    commands = [command(pack([(1, str(new_id()))]), OPERATOR, key=b"k" * length) for length in (0, 1, 31, 33, 70000)]
    assert refused(rig.ask("pd.cmd.intake.accept", batch(*commands)), len(commands))


# ---- events

def bad_batches(producer):
    """(bytes, reason in the dead letter)."""
    other = "assign" if producer != "assign" else "intake"
    event = pack([(1, b"i" * 16), (2, b"a" * 16), (3, 1), (4, b"r" * 16), (5, 1), (13, 1)])
    good = [(1, producer), (2, 0), (3, 1), (4, event)]
    change = lambda number, value: pack([(n, value if n == number else v) for n, v in good])
    return [(g, "not an EventBatch") for g in GARBAGE] + [
        (b"", "not an EventBatch"), (pack(good[:3]), "not an EventBatch"), (change(2, 99), "not an EventBatch"),
        (change(2, 16), "not an EventBatch"), (change(2, (1 << 32) - 1), "not an EventBatch"), (change(3, 0), "not an EventBatch"),
        (change(3, -1), "not an EventBatch"), (pack(good)[:-2], "not an EventBatch"), (os.urandom(2_000_000), "not an EventBatch"),
        (change(1, other), "an EventBatch of another producer"), (change(1, ""), "an EventBatch of another producer"),
        (pack(good[:3] + [(4, event)] * 600), "too many events in one message")]


@pytest.mark.parametrize("producer", ["intake", "assign", "notify"])
def test_batches_that_nobody_can_read_become_dead_letters(rig, producer):
    wait_for(rig.settled)
    hearers = [name for name, names in HEARS.items() if producer in names]
    before = {name: len(rig.dead_letters(name)) for name in hearers}
    marks = {name: rig.sql(f"SELECT watermarks FROM {name}.inbox WHERE producer = %s", producer) for name in hearers}
    bad = bad_batches(producer)
    for bytes_, _ in bad:
        rig.bus(producer).publish(f"pd.evt.{producer}.p00", bytes_)
    for name in hearers:
        wait_for(lambda n=name: len(rig.dead_letters(n)) >= before[n] + len(bad),
                 why=lambda n=name: f"{n} set aside {rig.dead_letters(n)[before[n]:]}")
        letters = rig.dead_letters(name)[before[name]:]
        assert [reason for _, _, reason, _ in letters] == [reason for _, reason in bad]
        assert {source for _, source, _, _ in letters} == {f"pd.evt.{producer}.p00"}
        assert rig.sql(f"SELECT watermarks FROM {name}.inbox WHERE producer = %s", producer) == marks[name]


@pytest.mark.parametrize("producer", ["intake", "assign", "notify"])
def test_numbers_far_ahead_wait_and_are_asked_for(rig, producer):
    """What lies beyond a hole is not applied, not even set aside: it may be true one day."""
    wait_for(rig.settled)
    hearers = [name for name, names in HEARS.items() if producer in names]
    before, letters = rig.business(), {name: len(rig.dead_letters(name)) for name in hearers}
    gaps = rig.metric("event_gaps_total")
    short_id = pack([(1, b"i" * 15), (2, b"a" * 16), (3, 1), (4, b"r" * 16), (5, 1)])
    whole = pack([(1, os.urandom(16)), (2, os.urandom(16)), (3, 1), (4, os.urandom(16)), (5, 1), (13, 1)])
    for partition in range(16):
        for first in (1_000_000, LAST_NUMBER - 1, LAST_NUMBER):
            rig.publish(producer, partition, first, [whole, short_id, whole])
    wait_for(lambda: rig.metric("event_gaps_total") >= gaps + len(hearers) * 16 * 4)
    assert rig.business() == before
    assert {name: len(rig.dead_letters(name)) for name in hearers} == letters


def duplicates(rig):
    """Repeats noticed by all services so far."""
    return rig.metric("events_consumed_total", 'result="duplicate"')


def test_every_event_said_again_in_any_order_changes_nothing(rig):
    for _ in range(3):
        rig.walk_one()
    wait_for(rig.settled)
    time.sleep(0.5)
    before = rig.business()
    assert before["audit.trace_event"][0] > 30 and before["assign.work_order"][0] > 3 and before["intake.service_request"][0] > 3
    repeats = duplicates(rig)
    said, expected = [], 0
    for producer in ("intake", "assign", "notify"):
        events = rig.outbox(producer)
        expected += len(events) * sum(producer in names for names in HEARS.values())
        said += [(producer, partition, seq, [event]) for partition, seq, event in events]
        pairs = [(a, b) for a, b in zip(events, events[1:]) if a[0] == b[0]]
        said += [(producer, a[0], a[1], [a[2], b[2]]) for a, b in pairs]
        expected += 2 * len(pairs) * sum(producer in names for names in HEARS.values())
    random.Random(7).shuffle(said)
    for one in said:
        rig.publish(*one)
    wait_for(lambda: duplicates(rig) >= repeats + expected,
             why=lambda: f"{rig.metric('events_duplicate_total') - repeats} of {expected} repeats were noticed")
    time.sleep(0.5)
    after = rig.business()
    assert [table for table in before if before[table] != after[table]] == []


# ---- confirms and pushes

def test_confirms_that_are_nonsense_change_nothing(rig):
    wait_for(rig.settled)
    before = rig.business()
    for hearer, producers in HEARS.items():
        for producer in producers:
            subject = f"pd.cfm.{producer}.{hearer}"
            marks = lambda value: b"".join(pack([(3, value)]) for _ in range(16))
            head = pack([(1, hearer), (2, producer)])
            for bytes_ in (*GARBAGE, b"", head, head + pack([(3, 5)] * 3), pack([(1, "nobody"), (2, producer)]) + marks(7),
                           head + marks(LAST_NUMBER), head + marks(-1) + pack([(4, 1)]), head + marks(-LAST_NUMBER - 1) + pack([(4, 1), (5, 1)]),
                           head + marks(1 << 40) + pack([(4, 1), (5, 1)]), head + os.urandom(1_000_000)):
                rig.bus(hearer).publish(subject, bytes_)
    time.sleep(2.5)  # two honest confirms later
    after = rig.business()
    assert [table for table in before if before[table] != after[table]] == []


def test_pushes_that_are_nonsense_reach_nobody(rig):
    for bytes_ in (*GARBAGE, b"", os.urandom(1_000_000), pack([(1, [(1, "x"), (2, "nobody"), (6, 99)])]), pack([(1, b"\xff")])):
        rig.bus("notify").publish("pd.push.gateway", bytes_)
    wait_for(lambda: "PUSH_UNREADABLE" in rig.log("gateway"))
