"""What a notebook shows."""

from __future__ import annotations

import hashlib
import html

#: Columns line up also where the notebook gives all text another font.
_TEXT = "font-family: monospace; line-height: 1.3"
#: As wide as the notebook, and no wider than a page.
_FIGURE = "width: 100%; max-width: 1000px; height: auto"


def text(summary: str) -> str:
    """A summary with columns."""
    return f'<pre style="{_TEXT}">{html.escape(summary)}</pre>'


def figure(svg: str) -> str:
    """A figure, whose parts have names of their own: in a page of several, a name stands for the first part that has it."""
    own = f"hemastage-{hashlib.sha256(svg.encode()).hexdigest()[:12]}-"
    svg = svg.replace('id="hemastage-', f'id="{own}').replace('href="#hemastage-', f'href="#{own}')
    return svg.replace("<svg ", f'<svg style="{_FIGURE}" ', 1)
