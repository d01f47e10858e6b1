"""wapiti as Debian 12 has it (3.0.4), with the one repair that it needs there to leave an address out: it puts a regular
expression's flags at the end of the expression, which Python 3.11 refuses."""

import re

from wapitiCore.main.wapiti import wapiti_main
from wapitiCore.net import crawler

crawler.wildcard_translate = lambda pattern: re.compile(".*".join(map(re.escape, pattern.split("*"))) + r"\Z", re.DOTALL)

wapiti_main()
