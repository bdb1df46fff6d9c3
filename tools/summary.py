"""Say where the things are that `make` has made."""

from pathlib import Path

from rich.console import Console

ROOT = Path(__file__).resolve().parent.parent


def main():
    """Print one line for each thing that can be opened now."""
    console = Console(soft_wrap=True)
    console.print("\n[bold]Ready.[/bold]")
    for title, path in (
        ("The book", ROOT / "_build/html/index.html"),
        ("For teachers", ROOT / "_build/html-instructor/index.html"),
        ("The exercises", ROOT / "exercises"),
    ):
        if path.exists():
            console.print(f"  {title:14}{path.relative_to(Path.cwd())}")
    console.print("  Python in the page needs a server: [bold]make serve[/bold]\n")


if __name__ == "__main__":
    main()
