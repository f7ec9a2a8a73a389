"""Text that Qt must not take for markup, whatever a model's card says."""

import html


def plainText(text: str) -> str:
    """Return what shows a text as it is in tool tips and dialogs.

    Qt guesses whether those are markup, which could load pictures or hide what is asked.
    """
    if "<" not in text:
        return text
    return f'<span style="white-space: pre-wrap">{html.escape(text)}</span>'
