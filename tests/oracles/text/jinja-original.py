"""Adds the answers of the original (Jinja2, set up as Hugging Face transformers does) to the template goldens.

Run behind goldens.mjs, from the repository root, with Jinja2 3.1: python3 tests/oracles/text/jinja-original.py
The JavaScript oracle prints true for True, strips white space whatever strip() is given, keeps \\r and knows fewer
filters; where the two differ the original is right by definition, and its answer stands in the key "original".
"""
import json

import jinja2
from jinja2.ext import Extension, loopcontrols
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Generation(Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return jinja2.nodes.If(jinja2.nodes.Const(True), body, [], [], lineno=line)


def refuse(message):
    raise jinja2.exceptions.TemplateError(message)


environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, loopcontrols])
environment.filters["tojson"] = lambda value, indent=None: json.dumps(value, ensure_ascii=False, indent=indent)
environment.globals["raise_exception"] = refuse


def render(template, variables):
    try:
        return environment.from_string(template).render(tools=None, documents=None, **variables)
    except Exception as error:
        return {"error": f"{type(error).__name__}: {error}"}


def note(case, answer, name):
    case.pop("original", None)
    case.pop("refused", None)
    failed = isinstance(answer, dict)
    if failed:
        case["refused"] = True
    elif answer != case.get("text"):
        case["original"] = answer
    if failed or "original" in case:
        print(name, json.dumps(answer), "oracle:", json.dumps(case.get("text") or case.get("error")))


path = "tests/goldens/text/templates.json"
goldens = json.load(open(path, encoding="utf-8"))
for case in goldens["cases"]:
    note(case, render(case["template"], goldens["variables"]), case["template"])
open(path, "w", encoding="utf-8", newline="\n").write(json.dumps(goldens, ensure_ascii=False, indent=1) + "\n")

path = "tests/goldens/text/chats.json"
goldens = json.load(open(path, encoding="utf-8"))
for case in goldens["cases"]:
    variables = {"messages": goldens["conversations"][case["conversation"]], "add_generation_prompt": case["prompt"], **goldens["tokens"]}
    note(case, render(goldens["templates"][case["template"]], variables), f"{case['template']} {case['conversation']}")
open(path, "w", encoding="utf-8", newline="\n").write(json.dumps(goldens, ensure_ascii=False, indent=1) + "\n")
