"""Count how often a press is lost because the whole page is asked for again just after it.

    python -m tests.benchmarks.presses [--rounds 60]

In each round a button of a small page is pressed, and up to 60 ms later the whole page is asked for: with a button of
the page whose callback takes 50 ms, and with one of a part (a fragment) while the page runs. Once with Streamlit alone,
and once with `app_pages.state.presses`.
"""

import argparse
import asyncio
import random
import re

from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browser.serving import free_port, serve
from tests.load.driver import Visitor
from tests.pages.state.test_presses import PAGE, REST, UNDER_WAY, press

AFTER = 0.06  # s, at most, from a press to the next request


async def taken(address: str, rounds: int) -> dict[str, int]:
    """Return how many presses of each button were taken to their end."""
    visitor, chance = Visitor(address), random.Random(0)
    await visitor.open()
    for key in ("page", "part"):
        for _ in range(rounds):
            if key == "part":
                await visitor.send(BackMsg(rerun_script=visitor.client_state()))
                await asyncio.sleep(UNDER_WAY)
            await visitor.send(BackMsg(rerun_script=press(visitor, key)))
            await asyncio.sleep(chance.uniform(0, AFTER))
            await visitor.send(BackMsg(rerun_script=visitor.client_state()))
            await asyncio.sleep(REST)
    await visitor.rerun()
    found = re.findall(r"(page|part) \d+ begun, (\d+) ended", " ".join(visitor.texts()))
    await visitor.close()
    return {key: int(count) for key, count in found}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=60, help="how often each button is pressed, each time")
    rounds = parser.parse_args().rounds
    for name, cure in {"Streamlit alone": {}, "with the cure": {"CURED": "1"}}.items():
        with serve(free_port(), PAGE, **cure) as address:
            counts = asyncio.run(taken(address, rounds))
        words = ", ".join(f"of the {key}'s button {rounds - count} of {rounds}" for key, count in counts.items())
        print(f"{name}: lost or cut short {words}", flush=True)


if __name__ == "__main__":
    main()
