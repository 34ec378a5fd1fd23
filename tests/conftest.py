"""Every test reads English with a decimal point, whatever the machine speaks; those of languages choose their own."""

import os

os.environ.update(LC_ALL="C.UTF-8")
os.environ.pop("CARELOOP_LANG", None)
