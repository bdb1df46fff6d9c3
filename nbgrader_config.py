"""nbgrader's settings: where the class lies, and our parts in its places.

`autograder.nbgrader_plugin.configure` says which. Add your own settings below it, for instance
`c.AssignLatePenalties.plugin_class = ...`.
"""

from pathlib import Path

from autograder.nbgrader_plugin import configure

c = get_config()  # noqa: F821 - nbgrader puts it here
configure(c, Path(__file__).parent)
