"""The state machine of the work order as data, read from the one table that the services are compiled from."""

import re

from .settings import ROOT

TABLE = ROOT / "services" / "common" / "domain" / "wo_fsm.def"


class Fsm:
    """states and events by number, rules as a set of (event, from, to)."""

    def __init__(self, text=None):
        text = TABLE.read_text() if text is None else text
        self.states = {}   # number -> (text, chinese)
        self.events = {}   # number -> (text, chinese, owner)
        self.rules = set()
        state, event = {}, {}
        for name, number, word, chinese in re.findall(r'^STATE\((\w+), (\d+), "(\w+)", "([^"]*)"', text, re.MULTILINE):
            state[name] = int(number)
            self.states[int(number)] = (word, chinese)
        for name, number, word, chinese, owner in re.findall(
                r'^EVENT\((\w+), (\d+), "(\w+)", "([^"]*)", (\w+)\)', text, re.MULTILINE):
            event[name] = int(number)
            self.events[int(number)] = (word, chinese, owner.lower())
        rules = re.findall(r"^RULE\((\w+), (\w+), (\w+),", text, re.MULTILINE)
        for overlay in set(re.findall(r"^#define (\w+)_IN\(state\) RULE\(\1, state, SAME,", text, re.MULTILINE)):
            rules += [(overlay, origin, "SAME") for origin in re.findall(rf"^{overlay}_IN\((\w+)\)$", text, re.MULTILINE)]
        for name, origin, to in rules:
            self.rules.add((event[name], state[origin], state[origin if to == "SAME" else to]))
        self.state_number = {word: number for number, (word, _) in self.states.items()}
        self.event_number = {word: number for number, (word, _, _) in self.events.items()}

    def state(self, number):
        word, chinese = self.states.get(number, (f"state {number}", "?"))
        return f"{word} {chinese}"

    def event(self, number):
        word, chinese, _ = self.events.get(number, (f"event {number}", "?", ""))
        return f"{word} {chinese}"
