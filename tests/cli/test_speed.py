"""The page of speed says what its table says: it is made from it, and from nothing else.

usage: test_speed.py SOURCE_DIR
"""
import json
import os
import sys

SOURCE = os.path.abspath(sys.argv[-1])
sys.path.insert(0, os.path.join(SOURCE, "tests", "bench"))
import page  # noqa: E402  pylint: disable=wrong-import-position


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
    # A figure that changes in the table changes the page.
    table["rows"][0]["value"] *= 2
    assert page.text(table) != page.text(page.kept())
    json.dumps(table)


main()
