"""The page about lives of minutes, from what came of a run."""

from datetime import timedelta
from pathlib import Path

from tests.helpers.evidence import Took, row, rule
from tests.lifetimes.living import Lifetimes


def page(lifetimes: Lifetimes, took: Took) -> str:
    """Return the page: how it is done, and the figures of this run."""
    introduction = Path(__file__).with_name("introduction.md").read_text("utf-8").rstrip()
    columns = ("minute", "`up` took", "life left before", "ends soon", "renewed", "life left after", "ends soon")
    lines = [introduction, "", row(*columns), rule(len(columns))]
    for one in lifetimes.rounds:
        before, after = (_minutes(left) for left in one.left)
        reported = [", ".join(names) or "nobody" for names in one.status]
        renewed = ", ".join(one.renewed) or "nobody"
        lines.append(row(f"{one.minute:.0f}", f"{one.seconds:.0f} s", before, reported[0], renewed, after, reported[1]))
    shortest = min(one.left[0] for one in lifetimes.rounds)
    lines += ["", f"Never did a client hold a certificate with less than {_minutes(shortest)} minutes left.", ""]
    lines += [row("client", "certificates", "requests"), rule(3)]
    lines += [row(name, lifetimes.certificates[name], lifetimes.asked[name]) for name in lifetimes.certificates]
    failed = len(lifetimes.failures)
    verdict = [f"- {one}" for one in lifetimes.wrong] or ["Each `status` was right."]
    return "\n".join([*lines, "", f"Not accepted: {failed} requests.", "", *verdict, "", str(took), ""])


def _minutes(left: timedelta) -> str:
    return f"{left / timedelta(minutes=1):.1f}"
