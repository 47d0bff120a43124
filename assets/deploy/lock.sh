#!/bin/sh
# Write requirements.lock and torch.lock anew, for all platforms and Python 3.11 or newer, from requirements.txt and the
# newest releases that fit. Needs uv (pip install uv) and the network. torch.lock holds what PyTorch's CPU build replaces.
set -eu
cd "$(dirname "$0")"
locked=$(uv pip compile ../../requirements.txt --universal --python-version 3.11 --fork-strategy fewest \
    --generate-hashes --no-annotate --no-header --quiet)
for part in requirements torch; do
    {
        echo "# Every package at one version, with the SHA-256 sums of its files on PyPI. Written by assets/deploy/lock.sh."
        echo "$locked" | awk -v wanted="$part" '
            /^[^ ]/ { part = /^(torch|torchvision|triton|nvidia-[^=]*|cuda-[^=]*)==/ ? "torch" : "requirements" }
            part == wanted'
    } >"$part.lock"
done
