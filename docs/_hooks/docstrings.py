"""Docstrings on the pages of the documentation: their roles as links, their formulas as text.

The docstrings are written so that they can be read in a terminal too: roles such as
``:func:`name```, and formulas in LaTeX. Pages open offline and without scripts, so formulas are
shown in Unicode.
"""

from __future__ import annotations

import re
from typing import Any

from griffe import Extension, Object

MACROS = {
    **{"alpha": "α", "beta": "β", "delta": "δ", "lambda": "λ", "mu": "μ", "phi": "φ"},
    **{"varphi": "φ", "sigma": "σ", "tau": "τ", "Delta": "Δ", "Omega": "Ω", "Sigma": "Σ"},
    **{"sum": "Σ", "int": "∫", "cdot": "·", "times": "×", "to": "→", "ne": "≠", "sim": "~"},
    **{"approx": "≈", "propto": "∝", "qquad": "   ", "quad": "  ", "top": "ᵀ", "dots": "…"},
    **{"langle": "⟨", "rangle": "⟩", "lceil": "⌈", "rceil": "⌉", "le": "≤", "ge": "≥", "in": "∈"},
    **{"big": "", "Big": "", "bigl": "", "bigr": "", "left": "", "right": "", "infty": "∞"},
}
ACCENTS = {"hat": "\u0302", "bar": "\u0304", "tilde": "\u0303"}
WRAPPERS = ("text", "mathrm", "operatorname")
ARGUMENT = r"(?:\{((?:[^{}]|\{[^{}]*\})*)\}|(\w))"


def plain(formula: str) -> str:
    r"""A LaTeX formula in Unicode text.

    >>> plain(r"\hat A = D^{-1/2} A, \qquad z = \frac{x - \mu}{\sigma}")
    'Â = D^(-1/2) A,   z = (x - μ) / σ'
    """
    text = formula.replace(r"\begin{cases}", "{ ").replace(r"\end{cases}", " }")
    text = re.sub(r"\s*\\\\\s*", "\n    ", text).replace("&", "  if ")
    text = re.sub(r"(?<=\S) {2,}(?!if)", " ", re.sub(r"\\[,;! ]", " ", text))
    text = re.sub(r"_\{(\w+)\}", r"_\1", text)
    text = re.sub(rf"\\(?:{'|'.join(WRAPPERS)})\{{([^{{}}]*)\}}", r"\1", text)
    for name, accent in ACCENTS.items():
        text = re.sub(rf"\\{name}(?:\{{(\w)\}}| (\w))", rf"\1\2{accent}", text)
    before = ""
    while before != text:
        before = text
        text = re.sub(rf"\\t?frac{ARGUMENT}{ARGUMENT}", _fraction, text)
        text = re.sub(rf"\\sqrt ?{ARGUMENT}", _root, text)
    text = re.sub(r"\\\{", "{", re.sub(r"\\([A-Za-z]+)", _macro, text))
    text = re.sub(r"([_^])\{(\w+|.)\}", r"\1\2", text)
    text = re.sub(r"([_^])\{(\([^{}()]*\))\}", r"\1\2", text)
    text = re.sub(r"([_^])\{([^{}]*)\}", r"\1(\2)", text).replace("^ᵀ", "ᵀ")
    return _normal("\n".join(line.rstrip() for line in text.splitlines()))


def _normal(text: str) -> str:
    import unicodedata

    return unicodedata.normalize("NFC", re.sub(r"(?<=\S) {4,}(?=\S)", "   ", text))


def _macro(match: re.Match[str]) -> str:
    return MACROS.get(match[1], match[1])


def _fraction(match: re.Match[str]) -> str:
    above, below = match[1] or match[2], match[3] or match[4]
    return f"{_grouped(above)} / {_grouped(below)}"


def _root(match: re.Match[str]) -> str:
    return f"√{_grouped(match[1] or match[2])}"


def _grouped(part: str) -> str:
    return part if re.fullmatch(r"\d+|[a-zA-Z](_\w+)?|\\[a-z]+|\|\w\|", part) else f"({part})"


def converted(docstring: str) -> str:
    """A docstring as the pages show it."""
    text = re.sub(
        r"^( *)\.\. math::\n((?:\1 +\S.*(?:\n|\Z))+)", _block, docstring, flags=re.MULTILINE
    )
    text = re.sub(r"^( *)Example:$", r"\1Examples:", text, flags=re.MULTILINE)
    text = re.sub(r"^::$\n", "", text, flags=re.MULTILINE)
    text = re.sub(r"(?<=\S)::$", ":", text, flags=re.MULTILINE)
    text = re.sub(r":math:`([^`]*)`", lambda match: f"`{plain(match[1])}`", text)
    return re.sub(r":(?:func|class|meth|attr|data|mod):`~?([\w.]+)`", _link, text)


def _block(match: re.Match[str]) -> str:
    indent = match[1]
    lines = [line.removeprefix(indent + "    ") for line in match[2].splitlines()]
    shown = plain("\n".join(lines)).splitlines()
    return (
        "\n".join([f"{indent}```text", *[indent + line for line in shown], f"{indent}```"]) + "\n"
    )


def _link(match: re.Match[str]) -> str:
    target = match[1]
    shown = target.lstrip(".").rsplit(".", 1)[-1]
    if "." not in target.lstrip("."):
        return f"`{shown}`"
    return f'<autoref identifier="{target}" optional><code>{shown}</code></autoref>'


class Docstrings(Extension):
    """Converts every docstring after it has been loaded."""

    def on_object(self, *, obj: Object, **_: Any) -> None:
        """Convert the docstring of one object."""
        if obj.docstring is not None:
            obj.docstring.value = converted(obj.docstring.value)
