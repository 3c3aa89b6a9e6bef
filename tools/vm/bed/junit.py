# SPDX-License-Identifier: MIT OR Apache-2.0
"""Test cases: read from GoogleTest's XML, or from its output when it crashed; written and read as JUnit XML."""

import dataclasses
import re
import xml.etree.ElementTree as ElementTree

PASSED, FAILED, SKIPPED = "passed", "failed", "skipped"
_LOG_LINE = re.compile(r"^\[ *(RUN|OK|FAILED|SKIPPED) *\] ([^\s.,]+)\.([^\s,]+)(?:.*\((\d+) ms\))?", re.MULTILINE)
_LOG_STATUS = {"OK": PASSED, "FAILED": FAILED, "SKIPPED": SKIPPED}
_NOT_IN_XML = re.compile(r"[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclasses.dataclass
class Case:
    suite: str
    name: str
    status: str
    message: str = ""
    seconds: float = 0.0


def read(path):
    """The cases of a JUnit file (GoogleTest's or our own); None when it is missing or broken."""
    try:
        root = ElementTree.parse(path).getroot()
    except (FileNotFoundError, ElementTree.ParseError):
        return None
    return [_case(suite.get("name"), element)
            for suite in root.iter("testsuite") for element in suite.iter("testcase")
            if element.get("status") != "notrun"]  # GoogleTest lists its disabled tests


def _case(suite, element):
    case = Case(suite, element.get("name"), PASSED, seconds=float(element.get("time") or 0))
    messages = [found.get("message") or found.text or ""
                for found in [*element.iter("failure"), *element.iter("error")]]
    if messages:
        case.status, case.message = FAILED, "\n".join(messages)
    elif (skipped := element.find("skipped")) is not None:
        case.status, case.message = SKIPPED, skipped.get("message") or skipped.text or ""
    return case


def read_log(text):
    """The cases that a GoogleTest program got to before it crashed; the one that it was in has failed."""
    cases = {}
    for word, suite, name, milliseconds in _LOG_LINE.findall(text):
        if word == "RUN":
            cases[suite, name] = Case(suite, name, FAILED, "the program ended in this test")
        elif (suite, name) in cases:
            cases[suite, name].status = _LOG_STATUS[word]
            cases[suite, name].message = "" if word != "FAILED" else "see the output"
            cases[suite, name].seconds = int(milliseconds or 0) / 1000
    return list(cases.values())


def write(path, name, cases):
    root = ElementTree.Element("testsuites", name=name, **_counts(cases))
    for suite in dict.fromkeys(case.suite for case in cases):
        members = [case for case in cases if case.suite == suite]
        parent = ElementTree.SubElement(root, "testsuite", name=suite, **_counts(members))
        for case in members:
            element = ElementTree.SubElement(parent, "testcase", name=case.name, classname=suite,
                                             time=f"{case.seconds:.3f}")
            if case.status != PASSED:
                kind = "failure" if case.status == FAILED else "skipped"
                ElementTree.SubElement(element, kind, message=_NOT_IN_XML.sub("?", case.message))
    ElementTree.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def _counts(cases):
    return {"tests": str(len(cases)), "failures": str(count(cases, FAILED)), "skipped": str(count(cases, SKIPPED))}


def count(cases, status):
    return sum(case.status == status for case in cases)


def summary(cases):
    return ", ".join(f"{count(cases, status)} {status}" for status in (PASSED, SKIPPED, FAILED))
