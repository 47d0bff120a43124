"""The pages of the app."""

import os

# NOTE: before torch is loaded. Threads that wait for each other in a loop take the cores from the pages and from other
# runs, and a run that is watched loses up to nine tenths of its speed; asleep they lose next to nothing.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
