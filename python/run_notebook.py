"""Runs a notebook in a folder of its own; with --write, keeps what it prints."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("notebook", type=Path)
    parser.add_argument("--write", action="store_true")
    chosen = parser.parse_args()
    notebook = nbformat.read(chosen.notebook, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        NotebookClient(notebook, timeout=120, resources={"metadata": {"path": folder}}).execute()
    printed = sum(bool(cell.get("outputs")) for cell in notebook.cells)
    assert printed >= 5, f"only {printed} cells print something"
    if chosen.write:
        for cell in notebook.cells:
            # when it was run is not kept
            cell.metadata.pop("execution", None)
        nbformat.write(notebook, chosen.notebook)


if __name__ == "__main__":
    main()
