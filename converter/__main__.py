"""`python -m converter`."""

from converter.cli import entry

if __name__ == "__main__":
    entry()
