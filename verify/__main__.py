"""`python -m verify`."""

from verify.cli import process

if __name__ == "__main__":
    process()
