"""The way back from a student edition to the solved one."""

from classroom.student.edition import LEFT_OUT, ROOT, given_files, solved_files
from classroom.student.notebooks import restored_notebook
from classroom.student.pieces import Fault, file_pieces, solved_text
from cs231n.files import atomic_write


def restore(folder, root=ROOT):
    """Put the solutions into the student edition in `folder`; nothing is written unless all of them fit.

    Text that both editions share stays as it is in the folder. So the result equals the solved edition exactly if
    nothing was lost or changed on the way to the student edition.

    Raises:
        Fault: if a file is missing, or a place for a solution is not as it was handed out.
    """
    files, given = {}, given_files()
    solved_contents = solved_files(root) | {path: (root / path).read_bytes() for path in given}
    for path, solved in solved_contents.items():
        if not (folder / path).is_file():
            raise Fault(f"{folder / path} is missing; --restore takes a whole student edition")
        content = (folder / path).read_bytes()
        try:
            if path in given:
                files[path] = solved
            elif path.endswith(".ipynb"):
                files[path] = restored_notebook(path, content, solved)
            elif pieces := file_pieces(path, solved):
                files[path] = solved_text(content.decode("utf-8"), pieces, path).encode("utf-8")
        except ValueError:  # not UTF-8, or not a notebook
            raise Fault(f"{folder / path} is damaged; --restore takes a student edition as it was handed out") from None
    files |= {path: (root / path).read_bytes() for path in LEFT_OUT}
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        with atomic_write(folder / path) as file:
            file.write(content)
