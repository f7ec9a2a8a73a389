"""Text that Qt must not take for markup, whatever a model's card says."""

import html


def plainText(text: str) -> str:
    """Return markup that shows a text as it is, for tool tips and dialogs.

    Qt guesses whether those are markup, which could load pictures or hide what is asked.
    """
    return f'<span style="white-space: pre-wrap">{html.escape(text)}</span>'
