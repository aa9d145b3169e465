"""The pages of speed say what their tables say: they are made from them, and from nothing else.

usage: test_speed.py WEFT SOURCE_DIR MPIEXEC
"""
import json
import os
import re
import sys

SOURCE = os.path.abspath(sys.argv[2])
sys.path.insert(0, os.path.join(SOURCE, "tests", "bench"))
import page  # noqa: E402  pylint: disable=wrong-import-position
import scaling  # noqa: E402  pylint: disable=wrong-import-position


def main():
    table = page.kept()
    with open(page.PAGE, encoding="utf-8") as file:
        assert file.read() == page.text(table), "docs/dev/speed.md is not of docs/dev/speed.json: python3 tests/bench/run.py page"
    unknown = {row["part"] for row in table["rows"]} - set(page.WORDS)
    assert not unknown, f"parts without words on the page: {unknown}"
    seen = [(row["part"], row["name"], row["beside"]) for row in table["rows"]]
    assert len(seen) == len(set(seen)), "two rows have the same name"
    for row in table["rows"]:
        if row["beside"]:  # the ratio lies in its spread, and is about that of the two figures
            assert row["lowest"] <= row["ratio"] <= row["highest"], row
            assert row["lowest"] * 0.8 <= row["value"] / row["other"] <= row["highest"] * 1.25, row
    # Times of kernels stand in the tables alone. Pages of decisions tell what was measured when they were made; that of the
    # forces has what weft analyze force measures.
    for folder, _, files in os.walk(os.path.join(SOURCE, "docs")):
        for name in files:
            path = os.path.join(folder, name)
            if not name.endswith(".md") or "decisions" in folder or name in ("speed.md", "performance.md", "holstein_forces.md"):
                continue
            with open(path, encoding="utf-8") as file:
                found = re.search(r".*\d ?(ns|us)\b.*", file.read())
            assert not found, f"{path}: a time that is not from the table of speed: {found.group(0)}"
    # A figure that changes in the table changes the page.
    table["rows"][0]["value"] *= 2
    assert page.text(table) != page.text(page.kept())
    with open(scaling.TABLE, encoding="utf-8") as kept, open(scaling.PAGE, encoding="utf-8") as file:
        many = json.load(kept)
        assert file.read() == scaling.text(many), "docs/performance.md is not of docs/dev/scaling.json: python3 tests/bench/scaling.py page"
    for case in many["cases"]:  # one rank works all the time, and no number of ranks more than that
        assert scaling.sends(case, 1, 1000) == (0, 0)
        shares = [scaling.efficiency(case, p, scaling.product(case["large"]), many["cluster"])[0] for p in scaling.RANKS]
        assert all(1 >= a >= b > 0 for a, b in zip(shares, shares[1:])), (case["name"], shares)


main()
