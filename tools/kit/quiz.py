"""A lecture's quiz as a page to print or show, and as QTI 1.2 for an LMS, through text2qti."""

from html import escape
from pathlib import Path

import numpy as np
from text2qti.config import Config
from text2qti.qti import QTI
from text2qti.quiz import Quiz

from kit.item import Item
from kit.items import quiz
from kit.pages import page, table

LETTERS = "abcdefgh"


def questions(lecture: str, seed: int) -> list[tuple[Item, list[str]]]:
    """Each question of a class's quiz with its answers in the order in which they stand."""
    generator = np.random.default_rng(seed)
    return [(item, item.choices(generator)) for item in quiz(lecture, seed)]


def _indented(text: str) -> str:
    return text.replace("\n", "\n    ")


def _markdown(caption: str, rows: np.ndarray) -> str:
    head = f"| {caption} | " + " | ".join(f"column {b}" for b in range(rows.shape[1])) + " |"
    body = [f"| row {a} | " + " | ".join(f"{value:g}" for value in row) + " |" for a, row in enumerate(rows)]
    return "\n".join([head, "|---" * (rows.shape[1] + 1) + "|", *body])


def source(title: str, asked: list[tuple[Item, list[str]]]) -> str:
    """The quiz in the language of text2qti."""
    parts = [f"Quiz title: {title}\n"]
    for number, (item, answers) in enumerate(asked, 1):
        text = "\n\n".join([item.question, *(_markdown(caption, rows) for caption, rows in item.tables.items())])
        lines = [f"Title: {number}. {item.maker}", f"{number}.  {_indented(text)}", f"... {item.why}"]
        lines += [f"{'*' * (one == item.right)}{letter}) {one}" for letter, one in zip(LETTERS, answers)]
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def write(folder: Path, lecture: str, title: str, seed: int) -> None:
    """The quiz of the class with this seed: quiz-NN.zip (QTI), quiz-NN.html, and the instructor's quiz-NN-key.html."""
    asked = questions(lecture, seed)
    QTI(Quiz(source(title, asked), config=Config(), source_name=f"quiz-{lecture}")).save(folder / f"quiz-{lecture}.zip")
    for name, solved in ((f"quiz-{lecture}", False), (f"quiz-{lecture}-key", True)):
        body = "\n".join(_question(item, answers, solved) for item, answers in asked)
        who = "" if solved else '<p>Name: <span class="blank"></span></p>'
        text = page(title + " · key" * solved, f"{who}<ol>{body}</ol>")
        (folder / f"{name}.html").write_text(text, encoding="utf-8")


def _question(item: Item, answers: list[str], solved: bool) -> str:
    mistakes = {answer: kind for kind, answer in reversed(item.wrong.items())}
    shown = []
    for answer in answers:
        note = "" if not solved else " ✔" if answer == item.right else f" <small>({escape(mistakes[answer])})</small>"
        shown.append(f"<li>{escape(answer)}{note}</li>")
    tables = "".join(table(caption, rows) for caption, rows in item.tables.items())
    why = f"<p><i>{escape(item.why)}</i></p>" if solved else ""
    choices = f'<ol type="a">{"".join(shown)}</ol>'
    return f'<li class="whole"><p>{escape(item.question)}</p><div class="side">{tables}{choices}</div>{why}</li>'
