"""An importer's look at a quiz in QTI 1.2: what in it an LMS could not read, by the published structure.

RULES are the content models and required attributes of the IMS QTI 1.2.1 DTD (ims_qtiasiv1p2p1.dtd), of the elements
that a single choice needs; any other element is a problem. What Canvas adds to a package are the fields of
`itemmetadata`, and assessment_meta.xml, on which the assessment depends.
"""

import re
import zipfile
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

RULES = {  # element -> its children in order, each name with a blank behind it; attributes that must be there
    "questestinterop": ("assessment ", ()),
    "assessment": ("(qtimetadata )*(section )+", ("ident",)),
    "qtimetadata": ("(qtimetadatafield )+", ()),
    "qtimetadatafield": ("fieldlabel fieldentry ", ()),
    "fieldlabel": ("", ()),
    "fieldentry": ("", ()),
    "section": ("(item )*", ("ident",)),
    "item": ("(itemmetadata )?(presentation )?(resprocessing )*(itemfeedback )*", ("ident",)),
    "itemmetadata": ("(qtimetadata )*", ()),
    "presentation": ("(material |response_lid )+", ()),
    "material": ("(mattext )+", ()),
    "mattext": ("", ()),
    "response_lid": ("(material )?render_choice (material )?", ("ident",)),
    "render_choice": ("(material |response_label )*", ()),
    "response_label": ("(material )*", ("ident",)),
    "resprocessing": ("outcomes (respcondition )+", ()),
    "outcomes": ("(decvar )+", ()),
    "decvar": ("", ()),
    "respcondition": ("conditionvar (setvar )*(displayfeedback )*", ()),
    "conditionvar": ("(other |varequal )+", ()),
    "other": ("", ()),
    "varequal": ("", ("respident",)),
    "setvar": ("", ()),
    "displayfeedback": ("", ("linkrefid",)),
    "itemfeedback": ("(flow_mat |material )+", ("ident",)),
    "flow_mat": ("(flow_mat |material )+", ()),
}
QTI, META = "imsqti_xmlv1p2", "associatedcontent/imscc_xmlv1p1/learning-application-resource"
OUTSIDE = {"src", "href", "srcset", "style", "data"}  # attributes that may load something
VOID = {"br", "hr", "img"}
FORMULA = re.compile(r"\$|\\[([]|\\\w|equation_image")  # LaTeX, which each LMS shows in its own way, or not at all


def parsed(text: bytes) -> Element:
    """An XML document, its names without namespaces."""
    root = ElementTree.fromstring(text)
    for node in root.iter():
        node.tag = node.tag.rpartition("}")[2]
    return root


def problems(path: Path) -> list[str]:
    """Everything in a package that an importer would trip over; empty where it is sound."""
    with zipfile.ZipFile(path) as packed:
        files = {name: packed.read(name) for name in packed.namelist() if not name.endswith("/")}
    manifest = parsed(files["imsmanifest.xml"])
    resources = {one.get("identifier"): one for one in manifest.iter("resource")}
    found = [f"file {one} is not in the manifest" for one in files.keys() - {"imsmanifest.xml"} - {*_files(manifest)}]
    missing = [f"the manifest's file {one} is missing" for one in _files(manifest) if one not in files]
    if missing:
        return missing
    (assessment,) = (one for one in resources.values() if one.get("type") == QTI)
    on = [resources.get(one.get("identifierref")) for one in assessment.iter("dependency")]
    if [None if one is None else one.get("type") for one in on] != [META]:
        return [*found, "the assessment depends on something that is not there"]
    quiz = parsed(files[_files(assessment)[0]])
    return found + _grammar(quiz) + _assessment(quiz, parsed(files[_files(on[0])[0]]), assessment.get("identifier"))


def _files(node: Element) -> list[str]:
    return [one.get("href") for one in node.iter("file")]


def _grammar(root: Element) -> list[str]:
    found = []
    for node in root.iter():
        children, needed = RULES.get(node.tag, (None, ()))
        if children is None:
            found.append(f"<{node.tag}> is unknown")
        elif not re.fullmatch(children, "".join(f"{child.tag} " for child in node)):
            found.append(f"<{node.tag}> holds {[child.tag for child in node]}")
        found += [f"<{node.tag}> has no {name}" for name in needed if not node.get(name)]
    return found


def _assessment(quiz: Element, meta: Element, identifier: str) -> list[str]:
    items = [*quiz.iter("item")]
    idents = [one.get("ident") for one in quiz.iter() if one.tag in ("item", "response_label", "section", "assessment")]
    found = [f"{ident} is used {n} times" for ident, n in Counter(idents).items() if n > 1]
    if {identifier, quiz.find("assessment").get("ident"), meta.get("identifier")} != {identifier}:
        found.append("manifest, assessment and its meta data name different assessments")
    points = sum(float(_fields(one)["points_possible"]) for one in items)
    if float(meta.findtext("points_possible")) != points:
        found.append(f"its questions give {points} points in all, its meta data say otherwise")
    return found + [f"question {k}: {one}" for k, item in enumerate(items, 1) for one in _item(item)]


def _fields(item: Element) -> dict[str, str]:
    return {one.findtext("fieldlabel"): one.findtext("fieldentry") for one in item.iter("qtimetadatafield")}


def _item(item: Element) -> list[str]:
    """What is wrong with a question of one choice."""
    fields, (response,) = _fields(item), item.iter("response_lid")
    labels = [one.get("ident") for one in response.iter("response_label")]
    found = [] if len(labels) >= 2 and response.get("rcardinality") == "Single" else ["it is no choice of one"]
    if fields["question_type"] != "multiple_choice_question" or fields["original_answer_ids"].split(",") != labels:
        found.append("Canvas's fields name another type, or other answers")
    most = float(item.find(".//decvar").get("maxvalue"))
    right = [one for one in item.iter("respcondition") if float(one.findtext("setvar") or 0) == most]
    if len(right) != 1 or any(one.findtext("setvar") for one in item.iter("respcondition") if one not in right):
        found.append("not one answer alone scores")
    keys = [(one.get("respident"), one.text) for one in item.iter("varequal")]
    found += ["the key is none of the answers" for at, key in keys if at != response.get("ident") or key not in labels]
    said = {one.get("ident") for one in item.iter("itemfeedback")}
    found += ["feedback is missing" for one in item.iter("displayfeedback") if one.get("linkrefid") not in said]
    return found + [one for text in item.iter("mattext") for one in _text(text)]


class _Html(HTMLParser):
    """Looks for elements that do not close, and for attributes that load."""

    def __init__(self):
        super().__init__()
        self.open, self.found = [], []

    def handle_starttag(self, tag, attrs):
        self.open += [] if tag in VOID else [tag]
        self.found += [f"<{tag}> loads {value}" for name, value in attrs if name in OUTSIDE]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.found.append(f"</{tag}> closes nothing")


def _text(text: Element) -> list[str]:
    reader = _Html()
    reader.feed(text.text or "")
    found = reader.found + [f"<{tag}> is not closed" for tag in reader.open]
    found += ["a formula in LaTeX"] if FORMULA.search(text.text or "") else []
    return found + ([] if re.sub("<.*?>", "", text.text or "").strip() else ["an empty text"])
