"""``python -m placeprint``: the same as the command ``placeprint``."""

from placeprint.cli import main

if __name__ == "__main__":
    main()
