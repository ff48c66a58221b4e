"""The table of design.md section 10, from what was measured."""

import statistics

# name in the results, words, must, goal, unit, is more better
FIGURES = (
    ("life_to_batch", "whole lifecycle over HTTP and WebSocket, closed and audited / batched SQL floor", 0.15, 0.5, "", True),
    ("bus_to_batch", "same, commands put on the bus by a bench client / batched SQL floor", 0.35, 0.65, "", True),
    ("life_to_plain", "whole lifecycle over HTTP / plain SQL, one commit per stage", 0.6, 2, "", True),
    ("register_to_floor", "register answered after fsync / unnest x100 insert floor", 0.35, 0.6, "", True),
    ("fsyncs", "fsyncs per order at saturation", 0.5, 0.1, "", False),
    ("push_p99", "register to order on the worker's socket, p99 at half load", 250, 20, "ms", False),
    ("back", "time back to 90 % rate after kill -9, the slowest process", 30, 5, "s", False),
    ("idle", "idle worker connection, bytes in the gateway", 20000, 6000, "B", False),
)


def figure(values):
    """Median and spread of the repeats of one figure."""
    return {"median": statistics.median(values), "min": min(values), "max": max(values), "repeats": len(values)}


def number(value):
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def table(results):
    lines = [f"{'figure':84} {'median':>9} {'min..max':>17} {'must':>7} {'goal':>7}"]
    for name, words, must, goal, unit, more in FIGURES:
        if name not in results:
            continue
        got = results[name]
        met = lambda limit: got["median"] >= limit if more else got["median"] <= limit  # noqa: E731,B023
        verdict = "goal" if met(goal) else "must" if met(must) else "MISSED"
        lines.append(f"{words:84} {number(got['median']) + unit:>9} {number(got['min']) + '..' + number(got['max']):>17} "
                     f"{number(must):>7} {number(goal):>7}  {verdict}")
    return "\n".join(lines)


def missed(results):
    return [words for name, words, must, _, _, more in FIGURES if name in results
            and (results[name]["median"] < must if more else results[name]["median"] > must)]


NAMES = (("life", "lifecycle over HTTP"), ("bus", "lifecycle over the bus"), ("register", "register over HTTP"),
         ("plain", "floor: plain SQL"), ("batch", "floor: batched SQL"), ("register_floor", "floor: register alone"))


def rates(results):
    return "\n".join(f"  {words:26} {number(results['rates'][name]['median']):>8}/s   "
                     f"{number(results['rates'][name]['min'])}..{number(results['rates'][name]['max'])}"
                     for name, words in NAMES)


def costs(per):
    """Where the time of one order goes."""
    cpu = {name[4:]: value for name, value in per.items() if name.startswith("cpu_")}
    lines = ["  CPU, us: " + ", ".join(f"{name} {value:,.0f}" for name, value in sorted(cpu.items(), key=lambda x: -x[1]))
             + f"; together {sum(cpu.values()):,.0f}",
             f"  PostgreSQL: {per['fsyncs']:.3f} fsyncs, {per['wal_bytes']:,.0f} B WAL in {per['wal_records']:.0f} records, "
             f"{per['wal_images']:.2f} full-page images",
             f"  stream: {per['stream_messages']:.2f} messages, {per['stream_bytes']:,.0f} B"]
    if "nats_bytes_in" in per:
        lines.append(f"  nats-server: {per['nats_bytes_in']:,.0f} B in, {per['nats_bytes_out']:,.0f} B out, "
                     f"{per['nats_segments_in']:.1f} and {per['nats_segments_out']:.1f} TCP segments")
    return "\n".join(lines)


def cpus(per_order):
    """One line for each kind of work, and the ratios made of them: unlike those of rates they hardly depend on who else uses the
    machine, and are what rates come to when nobody else does and all processors are busy."""
    lines, whole = [], {}
    for name, words in NAMES:
        cpu = {key[4:]: value for key, value in per_order[name].items() if key.startswith("cpu_")}
        parts = ", ".join(f"{who} {value:,.0f}" for who, value in sorted(cpu.items(), key=lambda x: -x[1]) if value >= 1)
        whole[name] = sum(cpu.values())
        lines.append(f"  {words:26} {whole[name]:>7,.0f}   {parts}")
    ratios = (("life", "batch"), ("bus", "batch"), ("life", "plain"), ("register", "register_floor"))
    lines.append("  floor / system: " + ", ".join(f"{a} {number(whole[b] / whole[a])} of {b}" for a, b in ratios))
    return "\n".join(lines)
