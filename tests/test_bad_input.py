"""What no argument can be is refused in one line: the argument's name, its value, and what to give instead."""

import re

import pytest
from calls import CALLS
from wrong import KINDS

from marl_helpers.basics.arguments import shown

MISTAKES = [
    pytest.param(call, argument, value, id=f"{call.name}-{argument}-{what}")
    for call in CALLS.values()
    for argument, kind in call.kinds.items()
    for what, value in KINDS[kind].items()
    if what not in call.fine.get(argument, ())
]
REMEDY = r"\b(give|choose|take|use|write)\b"
NAMES = {"table": "table|reward at", "tables": "tables?|reward at|utilities", "weights": "weights?"}  # messages name


@pytest.mark.parametrize(("call", "argument", "value"), MISTAKES)
def test_a_mistake_is_named_with_its_value_and_the_remedy(call, argument, value):
    with pytest.raises(ValueError, match=REMEDY) as caught:
        call(**{argument: value})
    said, kind = str(caught.value), call.kinds[argument]
    named = call.named.get(argument, f"{argument}|{NAMES.get(kind, argument)}")
    assert re.search(rf"\b({named})\b", said) and "\n" not in said and len(said) < 500, said
    if kind in ("whole", "number", "share", "truth", "name", "function"):
        assert shown(value) in said, said


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_the_call_itself_is_fine(call):
    call()
