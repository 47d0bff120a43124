"""Count how often the end of a run is missing on a page because another part of the page was asked for just then.

    python -m tests.benchmarks.run_ends [--rounds 500]

A small page has two parts (fragments). In each round the long one is asked for, and up to 60 ms later the short one: at
the end of the long one's run in some rounds. Once with Streamlit alone, and once with `app_pages.state.run_ends`.
"""

import argparse
import asyncio
import random

from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browser.serving import free_port, serve
from tests.load.driver import Visitor
from tests.pages.state.test_run_ends import PAGE

AFTER = 0.06  # s, at most, from one request to the other
REST = 0.15  # s, until all has arrived


async def missing_ends(address: str, rounds: int) -> int:
    """Return in how many rounds the last line of the long part's run did not arrive."""
    visitor, missing, chance = Visitor(address), 0, random.Random(0)
    await visitor.open()
    for run in range(2, rounds + 2):
        for key in ("long", "short"):
            fragment = visitor.node(key).delta.fragment_id
            await visitor.send(BackMsg(rerun_script=visitor.client_state(fragment=fragment)))
            await asyncio.sleep(chance.uniform(0, AFTER) if key == "long" else REST)
        missing += not visitor.says(f"the end of run {run}")
    await visitor.close()
    return missing


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=500, help="how often the two are asked for, each time")
    rounds = parser.parse_args().rounds
    timing = {"REQUEST_TIME": "0", "RUN_TIME": "0.02"}
    for name, cure in {"Streamlit alone": {}, "with the cure": {"CURED": "1"}}.items():
        with serve(free_port(), PAGE, **timing | cure) as address:
            missing = asyncio.run(missing_ends(address, rounds))
        print(f"{name}: the end is missing in {missing} of {rounds} rounds", flush=True)


if __name__ == "__main__":
    main()
