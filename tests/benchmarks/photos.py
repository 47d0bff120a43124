"""Measure the memory and time that several photos take when they are uploaded to one server at once.

    python -m tests.benchmarks.photos [--photos 4] [--megapixels 60]

Each format is measured in a process of its own: its peak memory above what it had before the first photo (Linux).
"""

import argparse
import io
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from app_pages.state.photos import read_photo

FORMATS: dict[str, dict[str, Any]] = {
    "JPEG": {},
    "progressive JPEG": {"progressive": True},
    "PNG": {},
    "WebP": {"method": 0},
}
WEBP_MEGAPIXELS = 20  # no larger WebP is decoded


def photo(kind: str, megapixels: float) -> bytes:
    """Return the file of a seven on grey paper, 4:3."""
    height = round((megapixels * 1e6 * 3 / 4) ** 0.5)
    image = Image.new("RGB", (height * 4 // 3, height), (230, 225, 220))
    points = [(height // 2, height // 5), (height, height // 5), (height * 2 // 3, height * 4 // 5)]
    ImageDraw.Draw(image).line(points, fill=(30, 30, 60), width=height // 14)
    file = io.BytesIO()
    image.save(file, kind.split()[-1], **FORMATS[kind])
    return file.getvalue()


def peak() -> float:
    """Return this process's peak memory so far, in MB.

    NOTE: getrusage would also count what its parent had when it started this process.
    """
    (line,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="utf-8"))
    return int(line) * 1024 / 1e6


def read_all(contents: list[bytes]) -> None:
    """Read photos at the same time, as visitors' pages would, and print what that takes."""
    read_photo(photo("PNG", 0.01))  # import what a photo needs
    before, started, used = peak(), time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(len(contents)) as visitors:
        found = list(visitors.map(read_photo, contents))
    seconds, cpu = time.perf_counter() - started, time.process_time() - used
    assert all(np.any(each.ink >= 0.5) for each in found)
    print(f"{peak() - before:.0f} MB above {before:.0f} MB, {seconds:.1f} s ({cpu:.1f} s of processor time)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=4, help="how many are uploaded at once")
    parser.add_argument("--megapixels", type=float, default=60, help="millions of pixels of each")
    parser.add_argument("--from-input", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.from_input:
        read_all([sys.stdin.buffer.read()] * options.photos)
        return
    for kind in FORMATS:
        megapixels = min(options.megapixels, WEBP_MEGAPIXELS) if kind == "WebP" else options.megapixels
        content = photo(kind, megapixels)
        print(
            f"{options.photos} times {kind}, {megapixels:g} megapixels, {len(content) // 1000} KB: ", end="", flush=True
        )
        command = [sys.executable, "-m", "tests.benchmarks.photos", "--from-input", "--photos", str(options.photos)]
        subprocess.run(command, input=content, check=True)


if __name__ == "__main__":
    main()
