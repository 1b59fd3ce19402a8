"""The frame of every check: an answer goes in, and a short verdict comes out, also where the answer raises.

A check is a function decorated with `exercise`. It takes the student's functions, raises a Mistake of one of its
declared kinds where it recognises one, and otherwise returns a sentence about what was shown.
"""

import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from copy import deepcopy
from dataclasses import dataclass
from functools import update_wrapper
from traceback import extract_tb
from typing import Any, NoReturn

import numpy as np

from marl_helpers.basics.memory import here, remember

CASES: ContextVar[int] = ContextVar("CASES", default=0)  # the seed of the cases on which a function is tried
EXERCISES: dict[str, "Exercise"] = {}  # every check by name, in the order in which they are defined

COMMON = {
    "unanswered": "Not answered yet: fill in `{name}` in its cell above, run that cell, then this one.",
    "missing": "`{name}` returned nothing: end it with a `return`.",
    "raised": "`{name}` stopped with {error}. Run it alone to find out where.",
    "unreadable": "{why}",
    "unjudged": "This answer could not be judged ({error}). It may be right: please show it to your instructor.",
}


@dataclass(frozen=True)
class Feedback:
    """The verdict on an answer, true in an `if` where the answer is right; `mistake` is the kind of mistake or ""."""

    message: str
    mistake: str = ""

    def __bool__(self) -> bool:
        return not self.mistake

    def __str__(self) -> str:
        mark = {"": "✔", "unanswered": "○"}.get(self.mistake, "✘")
        return f"{mark} {self.message}"

    __repr__ = __str__

    def _ipython_display_(self) -> None:
        print(self)  # printed, because nbgrader reads a cell's result as a number of points


class Mistake(Exception):
    """A mistake of some kind; the details fill in the placeholders of the kind's message."""

    def __init__(self, kind: str, **details):
        super().__init__(kind, details)
        self.kind, self.details = kind, details


class Check:
    """A check of something that a reader wrote; called with it, it returns Feedback.

    mistakes: kind -> message, with {placeholders} for a Mistake's details.
    """

    def __init__(self, judge: Callable[..., str], mistakes: dict[str, str]):
        update_wrapper(self, judge)
        self.judge, self.name = judge, judge.__name__
        self.mistakes = COMMON | mistakes

    def __call__(self, *answers, **named) -> Feedback:
        return self._judged(answers, named)

    def _judged(self, answers: tuple, named: dict[str, Any]) -> Feedback:
        signature = inspect.signature(self.judge)
        try:
            signature.bind(*answers, **named)
        except TypeError:
            return Feedback(f"Call it as check.{self.name}({', '.join(signature.parameters)}).", "unreadable")
        try:
            return Feedback(self.judge(*answers, **named))
        except Mistake as mistake:
            return Feedback(self.mistakes[mistake.kind].format(**mistake.details), mistake.kind)
        except NotImplementedError as error:  # from a generator, which runs only when it is read
            return Feedback(self.mistakes["unanswered"].format(name=_innermost(error)), "unanswered")
        except Exception as error:  # a student sees no traceback of ours
            return Feedback(self.mistakes["unjudged"].format(error=_described(error)), "unjudged")


class Exercise(Check):
    """A check with its place among the exercises, which remembers how it went."""

    def __init__(self, judge: Callable[..., str], notebook: str, title: str, mistakes: dict[str, str]):
        super().__init__(judge, mistakes)
        self.notebook, self.title = notebook, title
        EXERCISES[self.name] = self

    def __call__(self, *answers, **named) -> Feedback:
        feedback = super().__call__(*answers, **named)
        if feedback.mistake == "unanswered":
            return feedback
        trouble = remember(here(), self.name, bool(feedback))
        return Feedback(f"{feedback.message} ({trouble})", feedback.mistake) if trouble else feedback

    def graded(self, *answers) -> Feedback:
        """The same on other cases, where the check has any, and without a trace in progress: for hidden tests."""
        token = CASES.set(1)
        try:
            return self._judged(answers, {})
        finally:
            CASES.reset(token)


def part(mistakes: dict[str, str]) -> Callable[[Callable[..., str]], Check]:
    """Make a check of a function, for a cell of a lecture: it is no exercise, and leaves no trace."""
    return lambda judge: Check(judge, mistakes)


def exercise(notebook: str, title: str, mistakes: dict[str, str]) -> Callable[[Callable[..., str]], Exercise]:
    """Make a check of a function: the notebook's name, the title that check.progress() shows, kinds of mistakes."""
    return lambda judge: Exercise(judge, notebook, title, mistakes)


def call(function: Callable, *arguments) -> Any:
    """What a student's function returns, given copies of the arguments; raises Mistake where it has no answer."""
    name = getattr(function, "__name__", "the answer")
    if not callable(function):
        unreadable(f"Hand in the function itself, without brackets after its name; this is {_shown(function)}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # nbgrader gives no points to a cell that writes a warning
            answer = function(*deepcopy(arguments))
    except NotImplementedError:
        raise Mistake("unanswered", name=name) from None
    except (Exception, SystemExit) as error:
        raise Mistake("raised", name=name, error=_described(error)) from None
    if answer is None:
        raise Mistake("missing", name=name)
    return answer


@contextmanager
def showing() -> Iterator[None]:
    """Around what shows something of an answer: where there is none yet, or none of that form, a line says so."""
    try:
        yield
    except NotImplementedError as error:
        print(Feedback(COMMON["unanswered"].format(name=_innermost(error)), "unanswered"))
    except (Exception, SystemExit) as error:  # the check, not a traceback, tells the student what is wrong
        print(Feedback(f"Nothing to show yet: the check says why. ({_described(error)})", "unreadable"))


@contextmanager
def larger_teams(kind: str, exercise: Exercise) -> Iterator[None]:
    """Around cases of more agents: whatever goes wrong there is the `problem` of a Mistake of that kind."""
    try:
        yield
    except Mistake as mistake:
        if mistake.kind in ("unanswered", kind):
            raise
        raise Mistake(kind, problem=exercise.mistakes[mistake.kind].format(**mistake.details)) from None


def unreadable(why: str) -> NoReturn:
    """Raise the Mistake of an answer that has not the form that was asked for."""
    raise Mistake("unreadable", why=why)


def cases() -> np.random.Generator:
    """Draws the cases of a check: the same for every student, and others where a hidden test grades."""
    return np.random.default_rng(CASES.get())


def _innermost(error: BaseException) -> str:
    """The function in which an error was raised."""
    return extract_tb(error.__traceback__)[-1].name


def _described(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:  # an error of the student's own making
        text = ""
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _shown(value) -> str:
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
