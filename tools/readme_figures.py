"""Write the README's pictures: the figure of every notebook cell tagged `readme:NAME` becomes docs/NAME.jpg.

python -m tools.readme_figures
"""

import base64

from tools.notebook_files import ROOT, code_cells, notebook_paths, read_notebook


def figures():
    """dict NAME -> bytes of the last JPEG that the cell tagged `readme:NAME` stored."""
    jpegs = {}
    for cell in (cell for path in notebook_paths() for cell in code_cells(read_notebook(path))):
        for tag in cell.metadata.get("tags", []):
            if tag.startswith("readme:"):
                pictures = [
                    output.data["image/jpeg"] for output in cell.outputs if "image/jpeg" in output.get("data", {})
                ]
                jpegs[tag.removeprefix("readme:")] = base64.b64decode(pictures[-1])
    return jpegs


def main():
    for name, jpeg in figures().items():
        (ROOT / "docs" / f"{name}.jpg").write_bytes(jpeg)
        print(f"docs/{name}.jpg")


if __name__ == "__main__":
    main()
