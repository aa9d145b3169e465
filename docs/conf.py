"""The site of the documents: Markdown by MyST, the headers of include/weft by Doxygen and Breathe. Made by the target site."""
import os
import re

project = "weft"
author = "the weft authors"
copyright = "2026, the weft authors"  # noqa: A001 the name is Sphinx's
extensions = ["myst_parser", "sphinx.ext.mathjax"]
source_suffix = {".md": "markdown"}
root_doc = "index"
exclude_patterns = ["packages", "README.md", "build"]
myst_enable_extensions = ["dollarmath", "amsmath", "colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["myst.header"]  # the reference pages begin with sections of the third level
html_theme = "furo"
html_title = "weft"
html_theme_options = {"sidebar_hide_name": False}
html_copy_source = False
html_show_sphinx = False
pygments_style = "friendly"

if os.environ.get("WEFT_MATHJAX"):  # MathJax 2 is in the site: formulas need no network
    mathjax_path = "mathjax/MathJax.js?config=TeX-AMS_CHTML-full"
    myst_update_mathjax = False  # MyST would write settings of MathJax 3
    mathjax2_config = {"messageStyle": "none", "showMathMenu": False,
                       "tex2jax": {"inlineMath": [["\\(", "\\)"]], "displayMath": [["\\[", "\\]"]], "processEscapes": False,
                                   "ignoreClass": "tex2jax_ignore|mathjax_ignore|document", "processClass": "tex2jax_process|mathjax_process|math"}}

OUTSIDE = re.compile(r"\[([^\]]*)\]\((?:\.\./)+((?:inputs|jobscripts|include|src|tests|drivers|CHANGELOG)[^)]*)\)")


def outside(_app, _name, source):
    """Links to files of the repository that are no documents become their paths."""
    source[0] = OUTSIDE.sub(r"\1 (`\2`)", source[0])


def setup(app):
    app.connect("source-read", outside)


if os.environ.get("WEFT_DOXYGEN"):  # the folder of Doxygen's XML
    extensions.append("breathe")
    breathe_projects = {"weft": os.environ["WEFT_DOXYGEN"]}
    breathe_default_project = "weft"
    breathe_domain_by_extension = {"h": "c"}
else:
    exclude_patterns.append("dev/api.md")
