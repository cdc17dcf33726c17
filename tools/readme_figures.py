"""Write the README's pictures: the figure of every notebook cell tagged `readme:NAME` becomes docs/NAME.jpg.

python -m tools.readme_figures
"""

import base64
from pathlib import Path

import nbformat

ROOT = Path(__file__).resolve().parent.parent


def figures():
    """dict NAME -> bytes of the JPEG that the tagged cell stored."""
    found = {}
    for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
        for cell in nbformat.read(path, as_version=4).cells:
            for tag in cell.metadata.get("tags", []):
                if tag.startswith("readme:"):
                    pictures = [o.data["image/jpeg"] for o in cell.outputs if "image/jpeg" in o.get("data", {})]
                    found[tag.removeprefix("readme:")] = base64.b64decode(pictures[-1])
    return found


def main():
    for name, jpeg in figures().items():
        (ROOT / "docs" / f"{name}.jpg").write_bytes(jpeg)
        print(f"docs/{name}.jpg")


if __name__ == "__main__":
    main()
