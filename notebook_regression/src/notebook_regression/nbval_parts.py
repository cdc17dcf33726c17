"""Every name of nbval that this package uses. They are no public interface of nbval; they were read in version 0.11.0.

Besides these names: of `RunningKernel` the attributes `km`, `kc` and `language` and the methods `await_reply`,
`await_idle`, `interrupt`, `is_alive`, `stop`; of `IPyNbFile` the attributes `skip_compare`, `sanitize_patterns` and the
method `setup_sanitize_files`; of `IPyNbCell` the attributes `cell`, `options` and the method `sanitize`; the options
`nbval`, `nbval_lax`, `nbval_kernel_name`, `nbval_current_env`, `nbval_kernel_startup_timeout`, `nbval_cell_timeout`.
"""

from nbval.cover import setup_coverage, teardown_coverage
from nbval.kernel import CURRENT_ENV_KERNEL_NAME, RunningKernel
from nbval.plugin import IPyNbCell, IPyNbFile, find_comment_markers, find_metadata_tags

__all__ = [
    "CURRENT_ENV_KERNEL_NAME",
    "IPyNbCell",
    "IPyNbFile",
    "RunningKernel",
    "find_comment_markers",
    "find_metadata_tags",
    "setup_coverage",
    "teardown_coverage",
]
