"""Results that lie when they are compared, and a NumPy that is bent."""

from attacks import Attack


def _lie(members, base="object", make="Lie()"):
    """Make a result of a class with these members."""
    return f"""
    class Lie({base}):
{members}
    return {make}, None
    """


_TRUE = "lambda *a, **k: True"

ATTACKS = [
    Attack(
        "equal to everything",
        "to pass a comparison by ==",
        body=_lie(f"        __eq__ = {_TRUE}\n        __hash__ = None"),
        fault="type",
        control="naive ==",
    ),
    Attack(
        "never unequal",
        "to pass a comparison by !=",
        body=_lie(f"        __eq__ = {_TRUE}\n        __ne__ = lambda *a: False"),
        fault="type",
        control="naive ==",
    ),
    Attack(
        "an array function of its own",
        "to answer np.allclose itself",
        body=_lie(f"        __array_function__ = {_TRUE}\n        __eq__ = {_TRUE}"),
        fault="type",
        control="naive allclose",
    ),
    Attack(
        "a ufunc of its own",
        "to answer every subtraction with zeros",
        body=_lie(
            "        def __array_ufunc__(self, *a, **k): return True\n"
            "        def __bool__(self): return True\n"
            f"        __array_function__ = {_TRUE}"
        ),
        fault="type",
        control="naive allclose",
    ),
    Attack(
        "a higher priority",
        "to be asked first by the operators",
        body=_lie(
            "        __array_priority__ = 1e9\n        __array_ufunc__ = None\n"
            f"        __eq__ = {_TRUE}\n        __req__ = {_TRUE}"
        ),
        fault="type",
        control="naive ==",
    ),
    Attack(
        "a subclass of ndarray that is always equal",
        "to pass isinstance and lie then",
        body=_lie(
            f"        __eq__ = {_TRUE}\n        __array_function__ = {_TRUE}",
            "np.ndarray",
            "np.zeros((len(x), len(bias))).view(Lie)",
        ),
        fault="type",
        control="naive allclose",
    ),
    Attack(
        "a subclass without a lie",
        "to bring a method of its own to the grader",
        body=_lie(
            "        pass",
            "np.ndarray",
            "honest(x, weight, bias)[0].view(Lie)",
        ),
        fault="type",
    ),
    Attack(
        "a class that says it is ndarray",
        "to pass isinstance by __class__",
        body=_lie(
            f"        __class__ = np.ndarray\n        __eq__ = {_TRUE}\n"
            f"        __array_function__ = {_TRUE}"
        ),
        fault="type",
        control="naive allclose",
    ),
    Attack(
        "a metaclass that says it is ndarray",
        "to be taken for an array by the name of its type",
        body="""
        class Meta(type):
            __name__ = property(lambda self: "ndarray")
            __module__ = property(lambda self: "numpy")
            __eq__ = lambda *a: True
            __hash__ = type.__hash__
            __instancecheck__ = lambda *a: True
        class Lie(metaclass=Meta):
            __eq__ = lambda *a: True
        return Lie(), None
        """,
        fault="type",
        control="naive ==",
    ),
    Attack(
        "an array of objects that are equal",
        "to pass an elementwise comparison",
        body="""
        class Lie:
            __eq__ = lambda *a: True
        out = np.empty((len(x), len(bias)), object)
        out[:] = Lie()
        return out, None
        """,
        fault="type",
        control="naive ==",
    ),
    Attack(
        "a masked array",
        "to hide every value from the comparison",
        body="""
        shape = len(x), len(bias)
        return np.ma.masked_array(np.zeros(shape), np.ones(shape, bool)), None
        """,
        fault="type",
        control="naive tolerance",
    ),
    Attack(
        "NaN everywhere",
        "to pass a comparison that counts what is larger than a tolerance",
        body="return np.full((len(x), len(bias)), np.nan), None",
        fault="wrong",
        control="naive tolerance",
    ),
    Attack(
        "a number that stretches",
        "to be broadcast to the right shape",
        body="return np.zeros((0, len(bias))), None",
        fault="wrong",
        control="naive zip",
    ),
    Attack(
        "infinity",
        "to make a relative difference of nan",
        body="return np.full((len(x), len(bias)), np.inf), None",
        fault="wrong",
    ),
    Attack(
        "complex numbers",
        "to hide the difference in another part",
        body="return x @ weight + bias + 1j, None",
        fault="wrong",
    ),
    Attack(
        "truth values",
        "to be true",
        body="return np.ones((len(x), len(bias)), bool), None",
        fault="wrong|type",
    ),
    Attack(
        "a structured array",
        "to be an array of another kind",
        body="return np.zeros((len(x), len(bias)), [('a', float)]), None",
        fault="type",
    ),
    Attack(
        "np.allclose replaced",
        "to make every comparison true",
        body="np.allclose = lambda *a, **k: True; return np.zeros((len(x), len(bias))), None",
        fault="wrong",
        control="naive allclose",
    ),
    Attack(
        "np.testing replaced",
        "to make every assertion pass",
        body="""
        for name in dir(np.testing):
            if name.startswith("assert"): setattr(np.testing, name, lambda *a, **k: None)
        return np.zeros((len(x), len(bias))), None
        """,
        fault="wrong",
        control="naive testing",
    ),
    Attack(
        "builtins replaced",
        "to make all() true and abs() nothing",
        load="import builtins",
        body="""
        builtins.all = builtins.bool = lambda *a: True
        builtins.abs = lambda *a: 0
        np.abs = lambda a: np.zeros(np.shape(a))
        return np.zeros((len(x), len(bias))), None
        """,
        fault="wrong|crash|protocol|type|exception",
        control="naive tolerance",
        harms_itself=True,
    ),
    Attack(
        "NumPy's operators replaced",
        "to make every equality true",
        body="""
        for name in ("equal", "isclose", "array_equal", "allclose", "less_equal"):
            setattr(np, name, lambda *a, **k: np.True_)
        return np.zeros((len(x), len(bias))), None
        """,
        fault="wrong",
        control="naive allclose",
    ),
    Attack(
        "the worker's own tools replaced",
        "to make the encoder say what it wants",
        body="""
        np.asarray = np.ascontiguousarray = np.frombuffer = lambda *a, **k: None
        return np.zeros((len(x), len(bias))), None
        """,
        fault="wrong",
    ),
    Attack(
        "a tuple that lies about its length",
        "to pass the check of several results",
        body="""
        class Lie(tuple):
            __len__ = lambda self: 2
            __iter__ = lambda self: iter((1, 2))
            __eq__ = lambda *a: True
        return Lie()
        """,
        fault="type|wrong|exception",
    ),
    Attack(
        "a tuple for a number",
        "to make the grader pair it with a number",
        load="def relative_error(a, b): return ()",
        body="return (), (), ()",
        fault="type",
    ),
    Attack(
        "an object that becomes an array when asked",
        "to give another answer each time",
        body=_lie("        def __array__(self, *a, **k): return np.ones(3)"),
        fault="type",
    ),
    Attack(
        "an object that runs a command when it is unpickled",
        "to run code in the grader",
        body=_lie(
            "        def __reduce__(self):\n"
            "            import os\n            return os._exit, (0,)"
        ),
        fault="type",
        control="naive pickle",
    ),
]
