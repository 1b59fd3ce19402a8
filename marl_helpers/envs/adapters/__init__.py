"""Other projects' environments as ours, and ours as PettingZoo's.

Modules with an underscore need an optional package, and load with the first use of what needs it.
"""

from importlib import import_module

for _name in ("parallel", "smax", "vmas"):
    import_module(f"{__name__}.{_name}")  # each defines an Env, which makes it known
