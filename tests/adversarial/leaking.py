"""Bringing a hidden input to the learner: by messages, notes, names, or a later call."""

from attacks import Attack

ATTACKS = [
    Attack("an exception", "to put the input into its text", body="raise ValueError(repr(x))",
           fault="exception", control="private text"),
    Attack("a number in a well-known sentence", "to put the input where a size stands",
           body="raise IndexError(f'index {x[0, 0]} is out of bounds for axis 0 with size 3')",
           fault="exception"),
    Attack("a key", "to put the input into a KeyError", body="raise KeyError(float(x[0, 0]))",
           fault="exception", control="private text"),
    Attack("a class named after the input", "to put the input into the exception's name",
           body="raise type(f'E{x[0, 0]}', (Exception,), {})('x')", fault="exception"),
    Attack("printing", "to put the input into the output",
           body="print(x, weight, bias); return honest(x, weight, bias)"),
    Attack("a warning", "to put the input into a warning",
           body="import warnings; warnings.warn(repr(x)); return honest(x, weight, bias)"),
    Attack("a type named after the input", "to put the input into the kind of its result",
           body="return type(repr(float(x[0, 0])), (), {})(), None", fault="type"),
    Attack("a text as a result", "to have it quoted", body="return repr(x), None", fault="type"),
    Attack("a dict of the inputs", "to have its keys listed",
           body="return {repr(float(v)): 1 for v in x.ravel()[:5]}, None", fault="type"),
    Attack("a name that is missing", "to put the input into a NameError",
           body="return eval('v_' + repr(float(x[0, 0])).replace('.', '_').replace('-', 'm'))",
           fault="exception"),
    Attack("an attribute that is missing", "to put the input into an AttributeError",
           body="return getattr(np, 'v' + repr(float(x[0, 0])))", fault="exception"),
    Attack("a syntax error of its own", "to put the input into the line that is shown",
           body="return eval(repr(x[0, 0]) + ' ?')", fault="exception"),
    Attack(
        "a later call",
        "to keep the input for a later call, and raise it there",
        load="_seen = []",
        body="""
        if _seen: raise ValueError(f"before: {_seen}")
        _seen.append(x.copy())
        return honest(x, weight, bias)[0] * 0 + 1, None
        """,
        fault="wrong|exception",
    ),
    Attack(
        "a cell that fails when it is loaded again",
        "to keep the input for a later worker, whose notes are shown",
        load="""
        import os, glob
        _left = [f for f in glob.glob("/tmp/*") if "left-" in f]
        if _left: raise ValueError(_left)
        """,
        body="""
        try: open(f"/tmp/left-{x[0, 0]}", "w").close()
        except OSError: pass
        os._exit(0)
        """,
        fault="crash",
    ),
    Attack("a note on an exception", "to put the input beside the text",
           body="e = ValueError('x'); e.add_note(repr(x)); raise e", fault="exception"),
    Attack("a group of exceptions", "to put the input into a part of an exception",
           body="raise ExceptionGroup('g', [ValueError(repr(v)) for v in x.ravel()[:3]])",
           fault="exception"),
]  # fmt: skip
