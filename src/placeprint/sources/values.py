"""Values as people write them → numbers, degrees, text; what is changed is said."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from placeprint.errors import InputError, listing
from placeprint.typing import AnyArray, FloatArray, PathLike

__all__ = ["class_names", "degrees", "inferred", "is_text", "numbers", "plain_text", "row_name"]

Say = Callable[[str], None]
"""Takes a sentence about how values were read, for the account."""

MARKS: Final = frozenset(
    "- -- – — . .. ... … : * ** *** ? x (x) d (d) s (s) z (z) n (n) c (c) u na (na) n/a n.a. n.d. "
    "nd nan -nan null none nil missing suppressed confidential unknown #n/a #na #div/0! #value! "
    "#ref! #name? #num! #null!".split()
) | {"no data", "not available", "not applicable", "n / a"}
"""What statistics offices and spreadsheets write where there is no number, in small letters."""

NO_CLASS: Final = frozenset("- -- – — . .. ... n/a #n/a nan null".split()) | {"no data"}
"""Marks that are no class either: of `d`, `none` and the like nobody could tell."""

BOUND: Final = re.compile(
    r"(?:[<>≤≥]=?|under|below|over|less than|more than)\s*\d[\d\s.,]*%?", re.I
)
SIGNS: Final = re.compile(r"^[$€£¥]\s*|\s*(?:[$€£¥]|%|per ?cent)$", re.I)
SIGN: Final = re.compile(r"[$€£¥%]|per ?cent", re.I)
MINUS: Final = str.maketrans({"−": "-", "\u00a0": " ", "\u202f": " ", "’": "'"})
WHOLE: Final = re.compile(r"[+-]?\d+")
CODE: Final = r"^0\d+$"
NEARLY: Final = r"^\W*\d[\d., ]*\D{0,5}$"
"""Numbers with something beside them: `30674 b`, `(1200)`, `30.7k`."""
NUMBER: Final = (
    r"[+-]?(?:(?:[1-9]\d{{0,2}}(?:[{group} ']\d{{3}})+|\d+)(?:[{point}]\d*)?|[{point}]\d+)"
)
WRITTEN: Final = {
    point: re.compile(NUMBER.format(point=point, group=group) + r"(?:[eE][+-]?\d+)?")
    for point, group in ((".", ","), (",", "."))
}
EITHER: Final = re.compile(r"[+-]?[1-9]\d{0,2}(?:(\.)|,)\d{3}")
SHORT: Final = re.compile(r"[+-]?\d+(?:(\.)|,)\d{1,2}")
MIXED: Final = "?"
"""The decimal sign of a file of which some cells say a comma, and some perhaps a point."""
MOSTLY: Final = 0.9

SENTINELS: Final = np.array(
    [
        *(-99, -999, -9999, -99999, -999999, -9999999, -99999999, -999999999),
        *(9999, 99999, 999999, 9999999, 99999999, 999999999),
        *(-99.9, -99.99, -999.9, -999.99, -9999.9),
        *(-222222222, -333333333, -555555555, -666666666, -777777777, -888888888),
        *(-32768, -32767, -2147483648, -2147483647, 2147483647),
    ]
)
"""What stands for "no value" where a file has no empty cells; −666666666 is of the ACS."""
HUGE: Final = 1e18
"""Nothing that is counted or measured of a place is as large: fill values of rasters are."""
FARTHEST: Final = 10
"""A sentinel is so many times as far from zero as any other value on its side."""

DEGREES: Final = re.compile(
    r"(?P<first>[NSEW]?)\s*(?P<whole>[+-]?\d{1,3}(?:[.,]\d*)?)\s*(?:°|º|deg)?\s*"
    r"(?:(?P<minutes>\d{1,2}(?:[.,]\d*)?)\s*['′’m]\s*)?(?:(?P<seconds>\d{1,2}(?:[.,]\d*)?)\s*(?:\"|″|''|s)\s*)?"
    r"(?P<last>[NSEW]?)",
    re.I,
)


def row_name(position: int) -> str:
    """A row of a file in words, as a person counts who looks for it.

    Example:
        >>> row_name(0)
        'row 1 (counted from 1, without the header)'
    """
    return f"row {position + 1:,} (counted from 1, without the header)"


def is_text(values: pd.Series) -> bool:
    """Whether a column holds text or categories."""
    kind = values.dtype
    return isinstance(kind, pd.CategoricalDtype | pd.StringDtype) or kind == np.dtype(object)


def plain_text(values: pa.Array, name: str, source: PathLike) -> pd.Series:
    """A column as text, spelt as in the file: whole numbers exactly, and without a ``.0``.

    Args:
        values: The column.
        name: Its name, for messages.
        source: The file, for messages.

    Returns:
        Strings without spaces at their ends, in Unicode's composed form, with plain
        spaces and none without a width; None where missing.

    Raises:
        InputError: If it holds numbers that lost digits when they became floats, lists or bytes.

    Example:
        >>> plain_text(pa.array([7.0, None, 20.0]), "id", "a.parquet").tolist()
        ['7', None, '20']
    """
    kind = values.type
    if pa.types.is_floating(kind):
        values = _without_fractions(values, name, source)
    elif pa.types.is_boolean(kind):
        values = pc.if_else(values, "True", "False")
    try:
        values = values.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        raise InputError(
            f"column {name!r} holds {kind} that is no text",
            source=source,
            hint="write it as text or as whole numbers, raw bytes for instance in hexadecimal",
        ) from None
    distinct = values.dictionary_encode()
    tidy = pc.replace_substring_regex(distinct.dictionary, "[\u00a0\u2007\u202f]", " ")
    tidy = pc.replace_substring_regex(tidy, "[\u200b\u2060\ufeff]", "")
    tidy = pc.utf8_trim_whitespace(pc.utf8_normalize(tidy, "NFC"))
    texts = np.append(tidy.to_numpy(zero_copy_only=False).astype(object), [None])
    texts[texts == ""] = None
    codes = distinct.indices.fill_null(len(texts) - 1).to_numpy(zero_copy_only=False)
    return pd.Series(texts[codes], name=name, dtype=object)


def _without_fractions(values: pa.Array, name: str, source: PathLike) -> pa.Array:
    """Floats as whole numbers where all of them are; fractions stay."""
    known = pc.if_else(pc.is_nan(values), None, values)
    largest = pc.max(pc.abs(known)).as_py()
    if largest is not None and largest > 2**53:
        raise InputError(
            f"column {name!r} holds identifiers as floats of more than 15 digits, whose last "
            "digits are lost",
            source=source,
            hint="write them as text or as 64-bit integers",
        )
    try:
        return known.cast(pa.int64())
    except pa.ArrowInvalid:
        return known


def numbers(
    values: pd.Series,
    source: PathLike,
    say: Say,
    *,
    decimal: str | None = None,
    sep: str | None = None,
    minimum: float | None = None,
) -> pd.Series:
    """A column as numbers, however they are written.

    Thousands may be grouped, the decimal sign may be a comma, percent and currency signs are taken
    off, marks such as ``-``, ``(X)`` and ``<5`` stand for a missing value, and so do numbers such
    as −9999 that lie far from all others. Each of these is said.

    Args:
        values: The column; its index is the row in the file.
        source: The file, for messages.
        say: Takes what is said.
        decimal: The decimal sign of the file, if known.
        sep: What separates its columns, if anything does.
        minimum: The least number allowed.

    Returns:
        float64, NaN where missing; index of ``values``.

    Raises:
        InputError: If a value is no number, infinite or below the minimum, or if it cannot be told
            whether a sign groups thousands or is the decimal sign.

    Example:
        >>> given = pd.Series(["1,234 $", "56 $", "-", ""], name="income")
        >>> numbers(given, "labels.csv", print).tolist()
        column 'income': thousands are grouped by a comma
        column 'income': signs such as $ are taken off
        column 'income': 1 mark taken for a missing value (-)
        [1234.0, 56.0, nan, nan]
    """
    found, wrong = _parsed(values, source, say, decimal, sep)
    if len(wrong):
        _refuse(values, wrong, source, "a number")
    _leave_out_sentinels(found, str(values.name), say)
    bad = np.isinf(found)
    expected = "a finite number"
    if minimum is not None:
        bad, expected = bad | (found < minimum), f"a number of {minimum:g} or more"
    if bad.any():
        _refuse(values, np.flatnonzero(bad), source, expected)
    return pd.Series(found, index=values.index, name=values.name)


def _refuse(values: pd.Series, rows: AnyArray, source: PathLike, expected: str) -> None:
    value = values.iloc[int(rows[0])]
    shown = repr(value) if isinstance(value, str) else f"{value}"
    more = f"; {len(rows):,} rows cannot be used" if len(rows) > 1 else ""
    raise InputError(
        f"column {values.name!r} holds {shown} in {row_name(int(values.index[int(rows[0])]))}, "
        f"expected {expected}{more}",
        source=source,
        hint="correct it, leave the cell empty where there is no value, or drop the row",
    )


def _parsed(
    values: pd.Series, source: PathLike, say: Say, decimal: str | None, sep: str | None
) -> tuple[FloatArray, AnyArray]:
    """Numbers, NaN where missing; and the rows that hold something else."""
    nothing: AnyArray = np.empty(0, dtype=np.int64)
    if not is_text(values):
        if not (pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values)):
            return np.full(len(values), np.nan), np.flatnonzero(values.notna())
        return values.to_numpy(np.float64, na_value=np.nan, copy=True), nothing
    if decimal in (None, ".") and sep in (None, ","):  # the usual case, many times as fast
        try:
            quick = pa.array(values, pa.string()).cast(pa.float64())
            return quick.to_numpy(zero_copy_only=False).copy(), nothing
        except pa.ArrowInvalid:
            pass
    codes, distinct = pd.factorize(values.astype(object))
    bare = [str(text).translate(MINUS).strip() for text in distinct]
    marks = [i for i, text in enumerate(bare) if text.casefold() in MARKS or BOUND.fullmatch(text)]
    blank = {i for i, text in enumerate(bare) if not text} | {*marks}
    plain = {i: SIGNS.sub("", SIGNS.sub("", t)) for i, t in enumerate(bare) if i not in blank}
    point = _decimal_sign([*plain.values()], decimal, sep, str(values.name), source)
    read = np.full(len(bare) + 1, np.nan)  # the last is that of code −1, missing
    wrong = np.zeros(len(bare) + 1, dtype=bool)
    group = "," if point == "." else "."
    for i, text in plain.items():
        if WRITTEN[point].fullmatch(text):
            compact = text.replace(group, "").replace(" ", "").replace("'", "")
            read[i] = float(compact.replace(",", "."))
        else:
            wrong[i] = True
    told = [text for i, text in plain.items() if not wrong[i]]
    column = f"column {values.name!r}"
    if any(group in text for text in told):
        say(f"{column}: thousands are grouped by a {'comma' if group == ',' else 'point'}")
    if point == "," and any("," in text for text in told):
        say(f"{column}: the decimal sign is a comma")
    signs = {i: "".join(sorted(set(SIGN.findall(bare[i])))) for i in plain if not wrong[i]}
    if len({sign for i, sign in signs.items() if sign or read[i] != 0}) > 1:
        usual = max(signs.values(), key=[*signs.values()].count)
        wrong[[i for i, sign in signs.items() if sign != usual and (sign or read[i] != 0)]] = True
    elif any(signs.values()):
        say(f"{column}: signs such as {max(signs.values())[0]} are taken off")
    if marks and told:
        counts = np.bincount(codes[np.isin(codes, marks)], minlength=len(bare))
        total, words = int(counts.sum()), listing((bare[i] for i in marks), limit=5)
        say(f"{column}: {total:,} mark{'s' * (total > 1)} taken for a missing value ({words})")
    if marks and not told:
        wrong[marks] = True  # a column of marks alone is no column of numbers
    return read[codes], np.flatnonzero(wrong[codes])


def _decimal_sign(
    texts: list[str], given: str | None, sep: str | None, name: str, source: PathLike
) -> str:
    """The decimal sign that makes numbers of most of the texts."""
    if given in (".", ","):
        return given
    fitting = {point: sum(map(bool, map(WRITTEN[point].fullmatch, texts))) for point in WRITTEN}
    point = max(fitting, key=lambda one: fitting[one])  # the point, if as many
    clear = fitting["."] != fitting[","]
    separated = sep not in (None, ",") or given == MIXED
    either = [text for text in texts if EITHER.fullmatch(text) and (separated or "," in text)]
    if clear:  # but by few: of fractions one in ten would end in 0, and be written shorter
        either = [text for text in either if point in text]
        short = sum(point in text for text in texts if SHORT.fullmatch(text))
        doubtful = bool(short) and (len(either) > 9 * short or any(t[-1] == "0" for t in either))
    else:
        longest = max((len(t.lstrip("+-")) for t in texts if WHOLE.fullmatch(t)), default=0)
        doubtful = separated and ("," in "".join(either[:1]) or longest <= 3)
    if either and doubtful:
        raise InputError(
            f"column {name!r} holds {either[0]!r}: its {either[0].strip('+-0123456789')!r} may "
            "group thousands or be the decimal sign",
            source=source,
            hint='say which is the decimal sign: `decimal: ","` or `decimal: "."` (--decimal)',
        )
    return point


def _leave_out_sentinels(found: FloatArray, name: str, say: Say) -> None:
    """Make numbers that stand for "no value" missing: NaN in place."""
    candidates = np.isin(found, SENTINELS) | ((np.abs(found) >= HUGE) & np.isfinite(found))
    if not candidates.any():
        return
    others = found[~candidates & np.isfinite(found)]
    if not len(others):
        return
    for value in np.unique(found[candidates])[:FARTHEST]:  # or there are too many to stand for one
        rows = found == value
        reach = others.max() if value > 0 else -min(others.min(), 0)
        # A positive one may be a value like others: once is not enough to tell.
        if abs(value) > FARTHEST * max(reach, 0) and (value < 0 or value > 1e9 or rows.sum() > 1):
            found[rows] = np.nan
            count = int(rows.sum())
            say(f"column {name!r}: {count:,} values are {value:.15g}, taken for missing")


def inferred(
    values: pd.Series,
    source: PathLike,
    say: Say,
    *,
    decimal: str | None = None,
    sep: str | None = None,
) -> pd.Series:
    """A column of a text file as what it holds: whole numbers, numbers, truth values or text.

    Codes with leading zeros are text. A column of which nine tenths and more are numbers, and the
    rest neither marks nor empty, is refused: nobody could tell which it is.

    Args:
        values: Strings; other columns are what they are.
        source: The file, for messages.
        say: Takes what is said.
        decimal: See :func:`numbers`.
        sep: See there.

    Raises:
        InputError: If a column is numbers but for some values, naming the first.

    Example:
        >>> inferred(pd.Series(["0111", "111"]), "a.csv", print).tolist()
        ['0111', '111']
        >>> inferred(pd.Series(["3", None]), "a.csv", print).tolist()
        [3, <NA>]
    """
    if not is_text(values):
        return values
    texts = pa.array(values, pa.string())
    texts = pc.if_else(pc.equal(texts, ""), None, texts)
    if texts.null_count == len(texts):
        return pd.Series(np.nan, index=values.index, name=values.name)
    if pc.any(pc.match_substring_regex(texts, CODE)).as_py():
        return plain_text(texts, str(values.name), source).set_axis(values.index)
    for kind, dtype in ((pa.int64(), "Int64"), (pa.bool_(), "boolean")):
        try:
            cast = texts.cast(kind)
        except pa.ArrowInvalid:
            continue
        if kind == pa.int64() and (pc.max(pc.abs_checked(cast)).as_py() or 0) <= 2**53:
            floats = cast.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False).copy()
            _leave_out_sentinels(floats, str(values.name), say)
            cast = pc.if_else(pa.array(np.isnan(floats)), None, cast)
        plain = cast.to_pandas() if not cast.null_count else pd.array(cast.to_pylist(), dtype)
        return pd.Series(plain, name=values.name).set_axis(values.index)
    told: list[str] = []
    found, wrong = _parsed(values, source, told.append, decimal, sep)
    read, present = int((~np.isnan(found)).sum()), int(values.notna().sum())
    if read and not len(wrong):
        for sentence in told:
            say(sentence)
        _leave_out_sentinels(found, str(values.name), say)
        return pd.Series(found, index=values.index, name=values.name)
    if read >= MOSTLY * present:
        _refuse(values, wrong, source, "a number as in the other rows")
    text = plain_text(texts, str(values.name), source).set_axis(values.index)
    nearly = text.iloc[wrong][text.iloc[wrong].str.contains(NEARLY)]
    if read + len(nearly) >= MOSTLY * present and len(nearly):
        row = row_name(int(nearly.index[0]))
        say(f"column {values.name!r} is taken for text, for it holds {nearly.iloc[0]!r} in {row}")
    return text


def class_names(values: pd.Series, name: str, say: Say) -> pd.Series:
    """Classes as text; marks such as ``N/A`` are missing, and what differs by little is said.

    Args:
        values: Text, None or NaN where missing.
        name: The column.
        say: Takes what is said.

    Example:
        >>> class_names(pd.Series(["Urban", "urban", "-"]), "zone", print).tolist()
        column 'zone': 1 mark taken for a missing value (-)
        column 'zone': classes 'Urban', 'urban' are written much alike, and kept apart
        ['Urban', 'urban', nan]
    """
    known = values.dropna()
    marks = known[known.str.casefold().isin(NO_CLASS)]
    if len(marks):
        words = f"{len(marks):,} mark{'s' * (len(marks) > 1)} taken for a missing value"
        say(f"column {name!r}: {words} ({listing(marks.unique(), limit=5)})")
        values = values.where(~values.index.isin(marks.index), np.nan)
        known = known.drop(marks.index)
    alike: dict[str, list[str]] = {}
    for text in known.unique():
        plain = re.sub(r"^0+(?=\d)|(?<=\d)\.0+$", "", " ".join(text.casefold().split()))
        alike.setdefault(plain, []).append(text)
    for some in alike.values():
        if len(some) > 1:
            names = ", ".join(map(repr, some[:5]))
            say(f"column {name!r}: classes {names} are written much alike, and kept apart")
    return values


def degrees(values: pd.Series, letters: str, source: PathLike, say: Say) -> pd.Series:
    """A column of longitudes or latitudes in degrees, as numbers or as people write them.

    Args:
        values: Numbers, or text such as ``24.94``, ``24,94``, ``24.94 E`` or ``24°56'24"E``; its
            index is the row in the file.
        letters: The letters of the two directions, the positive one first: ``EW`` or ``NS``.
        source: The file, for messages.
        say: Takes what is said.

    Returns:
        float64, NaN where missing.

    Raises:
        InputError: If a value is none of these, with its row.

    Example:
        >>> degrees(pd.Series(["24,5", "0°30' W", ""]), "EW", "a.csv", lambda told: None).tolist()
        [24.5, -0.5, nan]
    """
    if not is_text(values):
        found, wrong = _parsed(values, source, say, None, None)
    else:
        try:
            quick = pa.array(values, pa.string())
            quick = pc.if_else(pc.equal(quick, ""), None, quick).cast(pa.float64())
            return pd.Series(quick.to_numpy(zero_copy_only=False), values.index, name=values.name)
        except pa.ArrowInvalid:
            codes, distinct = pd.factorize(values.astype(object))
            read = [_degree(str(text).translate(MINUS).strip(), letters) for text in distinct]
            known = np.array([*[np.inf if one is None else one for one in read], np.nan])
            found = known[codes]
            wrong = np.flatnonzero(np.isinf(found))
            if any("," in str(text) for text in distinct):
                say(f"column {values.name!r}: the decimal sign is a comma")
            if any(re.search("[NSEW°]", str(text), re.I) for text in distinct):
                say(f"column {values.name!r}: degrees with letters or minutes are read as numbers")
    if len(wrong):
        _refuse(values, wrong, source, "degrees such as -73.98")
    return pd.Series(found, index=values.index, name=values.name)


def _degree(text: str, letters: str) -> float | None:
    """One coordinate; NaN for a mark, None for anything else."""
    if not text or text.casefold() in MARKS:
        return float("nan")
    match = DEGREES.fullmatch(text)
    if match is None:
        return None
    part: dict[str, Any] = match.groupdict(default="")
    direction = (part["first"] or part["last"]).upper()
    if (part["first"] and part["last"]) or direction not in {"", *letters}:
        return None
    whole, minutes, seconds = (
        float(part[name].replace(",", ".") or 0) for name in ("whole", "minutes", "seconds")
    )
    if max(minutes, seconds) >= 60 or (direction and whole < 0):
        return None
    size = abs(whole) + minutes / 60 + seconds / 3600
    negative = part["whole"].startswith("-") or direction == letters[1]
    return -size if negative else size
