"""python -m marl_helpers list"""

from marl_helpers.commands.sources import environments, networks
from marl_helpers.exact.methods import ALIASES, METHODS


def run() -> int:
    """Print every environment with its options, and every method, in a few words."""
    lines = ["environments, for --env; what is in brackets, for --option"]
    for name, env in environments().items():
        name += f"/{env.variant.upper()}" if env.variant else ""
        lines += [f"  {name:20}{env.about}", f"{'':22}[{', '.join(env.options)}]"]
    lines += ["", "methods, for --mixer"]
    lines += [f"  {name:20}{networks()[method.__name__]}" for name, method in METHODS.items()]
    lines += [f"  {alias:20}another name for {name}" for alias, name in ALIASES.items()]
    print("\n".join(lines))
    return 0
