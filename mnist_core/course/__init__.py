"""The course on the Learn page, which is also a set of notebooks: its text, its code and what the code printed.

May import `data`, `models` and the modules on floor 0. Its steps use plain PyTorch and torchvision, as a learner would
type them.
"""
