"""Configuration of the documentation site: `sphinx-build -n -W docs site`."""

from __future__ import annotations

import sys
from importlib.metadata import version as version_of
from pathlib import Path

sys.path.append(str(Path(__file__).parent))

project = "carrierx"
author = "The carrierx authors"
copyright = "The carrierx authors"  # noqa: A001 - Sphinx's name for it
version = release = version_of("carrierx")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "extensions.docstrings",
    "extensions.options_table",
    "extensions.llms_txt",
]
exclude_patterns = ["_build", "extensions", "_static"]
default_role = "code"
nitpicky = True
add_module_names = False
smartquotes = False
strip_signature_backslash = True

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3

autodoc_typehints = "signature"
autodoc_typehints_format = "short"
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80
napoleon_google_docstring = True
napoleon_numpy_docstring = False
napoleon_use_ivar = True

pygments_dark_style = "github-dark"  # the default underlines module names as if they were links
html_theme = "furo"
html_title = "carrierx"
html_static_path = ["_static"]
html_css_files = ["tables.css"]
html_js_files = ["scrolling.js"]
