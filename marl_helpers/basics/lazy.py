"""Names of a package that load on first use, so that what needs no torch imports fast and without it."""

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(package: str, homes: Mapping[str, str]) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """The package's `__getattr__`, `__dir__` and `__all__`.

    homes: name -> the module that it is, or "module:name" for what a module has under that name; a module's name is
    relative to the package.
    """

    def getattr_(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}; it offers {', '.join(homes)}")
        home, _, attribute = homes[name].partition(":")
        module = import_module(f"{package}.{home}")
        found = getattr(module, attribute) if attribute else module
        setattr(sys.modules[package], name, found)
        return found

    def dir_() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes})

    return getattr_, dir_, list(homes)
