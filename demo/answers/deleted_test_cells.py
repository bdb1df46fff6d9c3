# Right, but all checks are deleted, one answer stands there twice and nbgrader's marks are gone.
